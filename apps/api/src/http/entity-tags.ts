/** Entity tags (RFC 9110), by which a client says what it has already. */

const tagForm = /^(?:W\/)?"[\x21\x23-\x7e]*"$/;

/** A tag as storage gives it, if it has the form of one. */
export function usableTag(etag: string | undefined): string | undefined {
  return etag !== undefined && tagForm.test(etag) ? etag : undefined;
}

/** Whether `If-None-Match` has the tag. Weak tags match: what is compressed on the way is still the same. */
export function matchesTag(sent: string | undefined, etag: string | undefined): boolean {
  if (sent === undefined || etag === undefined) return false;
  if (sent.trim() === '*') return true;
  const plain = (tag: string): string => tag.replace(/^W\//, '');
  return (sent.match(/(?:W\/)?"[\x21\x23-\x7e]*"/g) ?? []).some((tag) => plain(tag) === plain(etag));
}
