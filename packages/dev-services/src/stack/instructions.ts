/** What a user can do while the service stays up. */
export function instructions(apiUrl: string): string {
  return [
    `The service stays up. Open ${apiUrl} to parse your own photos, ${apiUrl}/docs for the API reference.`,
    '',
    '  Post a photo:',
    `    curl -F image=@photo.jpg ${apiUrl}/v1/jobs`,
    '  Get its result, with the id from the response:',
    `    curl ${apiUrl}/v1/jobs/ID`,
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}
