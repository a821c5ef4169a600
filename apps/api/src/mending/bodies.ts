/** What came instead of the body that was expected, told by its first bytes, and how to send it as it was meant. */
import { AppError, optionFields } from '@m2fp/contract';

const jsonCommand = "`curl -H 'content-type: application/json' -d '{…}'`";
const photoCommand = '`curl --data-binary @photo.jpg`';
const formCommand = '`curl -F image=@photo.jpg`';
const fromFile = 'Put the JSON into a file and send it with `-d @job.json`';

/** The type that curl gives to what `-d` and `--data-binary` send. */
export const curlsOwnType = 'application/x-www-form-urlencoded';

/** @param type as it was sent; undefined if it was not @param accepted as text, such as `application/json` */
export function wrongType(type: string | undefined, accepted: string): AppError {
  const arrived = type === undefined ? 'The body came without a Content-Type' : `The body came as ${type}`;
  const own = type === curlsOwnType ? ', which is what curl says unless it is told otherwise' : '';
  const commands = [
    ...(accepted.includes('json') ? [`JSON: ${jsonCommand}`] : []),
    ...(accepted.includes('multipart') ? [`a photo: ${formCommand}`] : []),
  ];
  const how = commands.length === 0 ? '' : ` With curl, ${commands.join('; ')}.`;
  return new AppError('unsupported_media_type', `${arrived}${own}. Send it as ${accepted}.${how}`);
}

/** What may be wrong with a text that was meant to be JSON; empty if it does not show. */
export function jsonHint(text: string): string {
  const start = text.trimStart().slice(0, 200);
  if (start === '') return ` It is empty: send JSON, with ${jsonCommand}.`;
  if (start.startsWith("'")) {
    return ` It begins with a single quote, which the shell of Windows does not take away. ${fromFile}.`;
  }
  if (start.startsWith('@')) return ' It is the name of a file: curl reads files with `-d @job.json`, not --data-raw.';
  if (start.startsWith('--')) return ` It is a form: leave out the header Content-Type, which ${formCommand} sets.`;
  if (/^\{\s*'/.test(start)) return ' JSON has its names and texts in double quotes, not in single ones.';
  if (/^\{\s*\\?[A-Za-z_]/.test(start) || start.startsWith('{\\"')) {
    return ` Its double quotes are missing or escaped: a shell changes them unless all is in single quotes. ${fromFile}.`;
  }
  if (/^[\w-]+=/.test(start)) return ` It is no JSON but form fields: use ${formCommand} for a photo.`;
  return '';
}

/** Whether a field of a form is an option, which goes into `options`. */
export function isOption(name: string): boolean {
  return optionFields.some((option) => option.name === name);
}

export function optionCommand(name: string): string {
  return `-F 'options={"${name}": …}'`;
}

/** How a photo's first bytes look, one character a byte. */
function latin1(head: Uint8Array): string {
  return Buffer.from(head.subarray(0, 300)).toString('latin1');
}

/**
 * Throws what is wrong with a body that should be a photo and is none, or is spoiled, where its first bytes show what
 * happened. @param type as it was sent
 */
export function assertPhotoBody(head: Uint8Array, type: string | undefined): void {
  const start = latin1(head);
  if (type === curlsOwnType && isSpoiled(start)) {
    const why = 'The photo is spoiled: `curl -d` takes line ends and zero bytes out of files';
    throw new AppError('image_unreadable', `${why}. Use ${photoCommand}, or \`curl -T photo.jpg\`.`);
  }
  if (/^\s*[{[]/.test(start)) throw wrongTypeOf('JSON', type, `add -H 'content-type: application/json'`);
  if (/^--[^\r\n]+\r?\n(?:content-)/i.test(start)) {
    throw wrongTypeOf('a form', type, `leave out the header Content-Type, which ${formCommand} sets`);
  }
  if (head.byteLength < 260 && /^@?[\w./\\: ~-]+\.\w{3,4}\s*$/.test(start)) {
    const name = start.replace(/^@/, '').trim();
    const message = `The body is the text "${name}", not the photo: curl reads a file with @ before its name`;
    throw new AppError('image_unreadable', `${message}, ${photoCommand}.`);
  }
}

/** JPEG and PNG have zero bytes near their beginning, and PNG's first line has its ends. */
function isSpoiled(start: string): boolean {
  return start.length >= 256 && /^(\xff\xd8\xff|\x89PNG)/.test(start) && !/[\0\r\n]/.test(start);
}

function wrongTypeOf(what: string, type: string | undefined, how: string): AppError {
  const as = type === undefined ? 'without a Content-Type' : `as ${type}`;
  return new AppError('unsupported_media_type', `The body is ${what}, but came ${as}: ${how}.`);
}
