/** What a user can do while the service stays up. */
export function instructions(apiUrl: string): string {
  return [
    `The service stays up. In a browser: ${apiUrl} for photos of yours, ${apiUrl}/docs for the API.`,
    '',
    '  Post a photo:',
    `    curl -F image=@photo.jpg ${apiUrl}/v1/jobs`,
    '  Get its result, with the id from the response:',
    `    curl ${apiUrl}/v1/jobs/ID`,
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}
