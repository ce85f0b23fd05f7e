/*
 * A plugin for mosquitto that treats one device as IoT Hub does: the signed user name and password of every CONNECT are
 * checked, and the device may use its own RRPC topics only. mosquitto's own password file cannot do that, because a
 * device's user name is another one for each connection. Clients with other user names are left to that file.
 *
 * Shares no code with the gateway; the rules are those of the product documentation.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

static mosquitto_plugin_id_t *self;
static const char *product, *device;
static unsigned char key[64];
static int key_bytes;

static int is_device(const struct mosquitto *client) {
  char wanted[64];
  const char *id = mosquitto_client_id(client);
  snprintf(wanted, sizeof wanted, "%s%s", product, device);
  return id != NULL && strcmp(id, wanted) == 0;
}

static int refuse(const char *why) {
  mosquitto_log_printf(MOSQ_LOG_NOTICE, "iot-hub: refused, %s", why);
  return MOSQ_ERR_AUTH;
}

/* `{clientId};{sdkAppId};{connId};{expiry}` and `{hex of the HMAC of that};{method}`. */
static int on_connect(int event, void *event_data, void *user_data) {
  const struct mosquitto_evt_basic_auth *auth = event_data;
  char id[64], app[24], connection[8], rest, signature[2 * EVP_MAX_MD_SIZE + 16];
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned digest_bytes = 0;
  long long expiry;
  const EVP_MD *hash;
  (void)event, (void)user_data;

  if (!is_device(auth->client)) return MOSQ_ERR_PLUGIN_DEFER;
  if (auth->username == NULL || auth->password == NULL) return refuse("no user name or no password");
  if (sscanf(auth->username, "%63[^;];%23[0-9];%7[A-Za-z0-9];%19lld%c", id, app, connection, &expiry, &rest) != 4)
    return refuse("a user name of another form");
  if (strcmp(id, mosquitto_client_id(auth->client)) != 0) return refuse("a user name for another client identifier");
  if (strcmp(app, "12010126") != 0 && strcmp(app, "21010406") != 0) return refuse("an unknown sdkAppId");
  if (strlen(connection) != 5) return refuse("a connId that has not 5 characters");
  if (expiry < (long long)time(NULL)) return refuse("a signature that has expired");

  const char *method = strchr(auth->password, ';');
  if (method != NULL && strcmp(method, ";hmacsha256") == 0) hash = EVP_sha256();
  else if (method != NULL && strcmp(method, ";hmacsha1") == 0) hash = EVP_sha1();
  else return refuse("a password of another form");
  HMAC(hash, key, key_bytes, (const unsigned char *)auth->username, strlen(auth->username), digest, &digest_bytes);
  for (unsigned i = 0; i < digest_bytes; i++) sprintf(signature + 2 * i, "%02x", digest[i]);
  strcat(signature, method);
  return strcmp(signature, auth->password) == 0 ? MOSQ_ERR_SUCCESS : refuse("a wrong signature");
}

static int on_access(int event, void *event_data, void *user_data) {
  const struct mosquitto_evt_acl_check *access = event_data;
  char prefix[128];
  (void)event, (void)user_data;

  if (!is_device(access->client)) return MOSQ_ERR_PLUGIN_DEFER;
  snprintf(prefix, sizeof prefix, "$rrpc/%s/%s/%s/", access->access == MOSQ_ACL_WRITE ? "txd" : "rxd", product, device);
  return strncmp(access->topic, prefix, strlen(prefix)) == 0 ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
}

int mosquitto_plugin_version(int supported_version_count, const int *supported_versions) {
  for (int i = 0; i < supported_version_count; i++)
    if (supported_versions[i] == 5) return 5;
  return -1;
}

/* Options: plugin_opt_product, plugin_opt_device, plugin_opt_secret (base64). */
int mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **user_data, struct mosquitto_opt *options, int count) {
  const char *secret = "";
  (void)user_data;
  self = id;
  for (int i = 0; i < count; i++) {
    if (strcmp(options[i].key, "product") == 0) product = options[i].value;
    if (strcmp(options[i].key, "device") == 0) device = options[i].value;
    if (strcmp(options[i].key, "secret") == 0) secret = options[i].value;
  }
  size_t length = strlen(secret);
  if (product == NULL || device == NULL || length == 0 || length % 4 != 0 || length / 4 * 3 > sizeof key)
    return MOSQ_ERR_INVAL;
  key_bytes = EVP_DecodeBlock(key, (const unsigned char *)secret, (int)length);
  if (key_bytes < 0) return MOSQ_ERR_INVAL;
  /* EVP_DecodeBlock counts the padding as bytes of zero. */
  for (size_t i = length; i > 0 && secret[i - 1] == '='; i--) key_bytes--;
  mosquitto_callback_register(self, MOSQ_EVT_BASIC_AUTH, on_connect, NULL, NULL);
  mosquitto_callback_register(self, MOSQ_EVT_ACL_CHECK, on_access, NULL, NULL);
  return MOSQ_ERR_SUCCESS;
}

int mosquitto_plugin_cleanup(void *user_data, struct mosquitto_opt *options, int count) {
  (void)user_data, (void)options, (void)count;
  mosquitto_callback_unregister(self, MOSQ_EVT_BASIC_AUTH, on_connect, NULL);
  mosquitto_callback_unregister(self, MOSQ_EVT_ACL_CHECK, on_access, NULL);
  return MOSQ_ERR_SUCCESS;
}
