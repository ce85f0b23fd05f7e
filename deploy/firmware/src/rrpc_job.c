/* SPDX-License-Identifier: MIT */
#include "rrpc_job.h"

#include <string.h>

/* The word behind the id. */
static void set_outcome(rrpc_job *job, const char *outcome)
{
  char *end = job->text + job->id_bytes;
  *end = ' ';
  strcpy(end + 1, outcome);
}

bool rrpc_job_accept(rrpc_job *job, rrpc *r, const char *id)
{
  if (job->running) {
    rrpc_refuse(r, id, "busy the job before still runs");
    return false;
  }
  if (!rrpc_wanted(r, id))
    return false;

  strcpy(job->text, id);
  job->id_bytes = (uint8_t)strlen(id);
  set_outcome(job, "running");
  job->running = true;
  return rrpc_reply_text(r, id, job->text);
}

bool rrpc_job_end(rrpc_job *job, rrpc *r, const char *outcome)
{
  if (!job->running || strlen(outcome) > RRPC_JOB_OUTCOME_BYTES)
    return false;

  job->running = false;
  set_outcome(job, outcome);
  return rrpc_event(r, "job", job->text, strlen(job->text));
}

bool rrpc_job_answer(const rrpc_job *job, rrpc *r, const char *id, const char *of)
{
  if (job->id_bytes == 0 || strlen(of) != job->id_bytes || memcmp(job->text, of, job->id_bytes) != 0)
    return false;
  return rrpc_reply_text(r, id, job->text);
}
