/* SPDX-License-Identifier: MIT
 *
 * A command that takes longer than its caller may wait: it is answered at once, as a job that has begun, and how the job
 * ended is an event.
 *
 *   >41440 pump 60000           the command
 *   <41440 41440 running        rrpc_job_accept(): the job has its command's id
 *   @job 41440 done 40 ml       rrpc_job_end(), a minute later
 *   >41517 job 41440            whoever missed the event asks
 *   <41517 41440 done 40 ml     rrpc_job_answer()
 *
 * One rrpc_job is one thing that a board can be at, such as a pump. All zero, it has no job yet; after a restart it does not
 * know the jobs from before.
 */
#ifndef RRPC_JOB_H
#define RRPC_JOB_H

#include "rrpc.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef RRPC_JOB_OUTCOME_BYTES
#define RRPC_JOB_OUTCOME_BYTES 32 /* longest outcome, such as "done 40 ml" */
#endif

#if RRPC_JOB_OUTCOME_BYTES < 7 || RRPC_JOB_OUTCOME_BYTES > 200
#error "an outcome must hold the word running; sizes are counted in 8 bits"
#endif

/* Private, but for `running`. */
typedef struct rrpc_job {
  bool running;
  uint8_t id_bytes; /* 0: no job yet */
  char text[RRPC_ID_BYTES + 1 + RRPC_JOB_OUTCOME_BYTES + 1]; /* ID, a space, and the outcome or "running" */
} rrpc_job;

/* Answers the command, and its job has begun: begin to work. False, and do not begin, if the job before still runs (the
 * command is refused: `busy`), or if no such command is open. */
bool rrpc_job_accept(rrpc_job *job, rrpc *r, const char *id);

/* Reports how the running job ended: what happened in one word, and what else there is to say: "done 40 ml",
 * "failed no water". False, and nothing is sent, if no job runs, or if the outcome is longer than RRPC_JOB_OUTCOME_BYTES. */
bool rrpc_job_end(rrpc_job *job, rrpc *r, const char *outcome);

/* Answers the command `id`, which asks how the job `of` is: with `of` and "running" or the outcome. False, and nothing is
 * sent, if this job is another one: ask the next rrpc_job, or refuse. */
bool rrpc_job_answer(const rrpc_job *job, rrpc *r, const char *id, const char *of);

#ifdef __cplusplus
}
#endif

#endif
