import { machineLine } from '@m2fp/bench';
import type { ChaosReport } from './run-chaos.ts';

/** Of each check. */
const shownFindings = 20;

export function reportText(report: ChaosReport): string {
  const { machine, seed, seconds, kills, disturbances, jobs, batches, webhooks, objects, findings } = report;
  return [
    machineLine(machine),
    `seed ${seed} · ${seconds} s · ${kills} kills`,
    `disturbances: ${listed(disturbances)}`,
    `jobs: ${listed(jobs)}`,
    `batches: ${listed(batches)}`,
    `webhooks: ${webhooks.events} events in ${webhooks.calls} calls`,
    `bucket: ${objects.all} objects, ${objects.compared} results with the bytes of an undisturbed run`,
    `${objects.unfinishedUploads} uploads left parts, which a rule of the bucket has to end`,
    `Redis: ${report.redisKeys} keys, each with a reason and an end unless listed below`,
    `settled ${report.settledAfterS} s after the last disturbance; ${report.probeRestarts} restarts without an answer to probes`,
    '',
    findings.length === 0 ? 'Nothing is lost, doubled or stuck.' : findingsText(report),
  ].join('\n');
}

function findingsText({ findings, seed }: ChaosReport): string {
  const checks = [...new Set(findings.map(({ check }) => check))];
  const lines = checks.flatMap((check) => {
    const found = findings.filter((finding) => finding.check === check);
    const shown = found.slice(0, shownFindings).map(({ what }) => `  ${what}`);
    const more = found.length > shown.length ? [`  and ${found.length - shown.length} more`] : [];
    return [`${check}:`, ...shown, ...more];
  });
  return [`${findings.length} findings with seed ${seed}`, ...lines].join('\n');
}

function listed(counts: Readonly<Record<string, number>>): string {
  const texts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return texts.length === 0 ? 'none' : texts.join(', ');
}
