// Stands for packages that mqtt.js loads and this program never calls: MQTT 5's topic aliases (`lru-cache`), proxies
// (`socks`), a browser's timers (`worker-timers`).
module.exports = {};
