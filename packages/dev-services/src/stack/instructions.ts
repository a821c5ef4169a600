/** Where the service that runs is. */
interface Addresses {
  readonly apiUrl: string;
  readonly redisUrl: string;
  readonly queuePrefix: string;
}

/** What a user can do while the service stays up. */
export function instructions(stack: Addresses): string {
  const { apiUrl } = stack;
  return [
    `The service stays up. Open ${apiUrl} to parse your own photos, ${apiUrl}/docs for the API reference.`,
    '',
    '  Post a photo:',
    `    curl -F image=@photo.jpg ${apiUrl}/v1/jobs`,
    '  Get its result, with the id from the response:',
    `    curl ${apiUrl}/v1/jobs/ID`,
    '  Its Redis, for "m2fp keys" and others:',
    `    ${environmentOf(stack)}`,
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}

/** For the commands that need the service's Redis. */
export function redisLine(stack: Addresses): string {
  return `Its Redis, for "m2fp keys" and others: ${environmentOf(stack)}`;
}

/** A Redis with a password is known to those who gave it; it is not printed. */
function environmentOf({ redisUrl, queuePrefix }: Addresses): string {
  const url = URL.parse(redisUrl);
  const isSecret = url === null || url.password !== '' || url.username !== '';
  return `REDIS_URL=${isSecret ? '…' : redisUrl} QUEUE_PREFIX=${queuePrefix}`;
}
