/** What photos are called in a set of them, and the folders of their results in a zip. */

export interface PlacedPhoto<Photo> {
  readonly photo: Photo;
  /** As the joined COCO file has it. */
  readonly name: string;
  /** Without its extension, unlike any other's. */
  readonly folder: string;
}

/**
 * In the order in which a folder with these photos would be read: by name. Where names or folders would collide, also
 * on file systems that do not distinguish between Photo and photo, the later ones get a number.
 */
export function placePhotos<Photo extends { readonly name: string }>(photos: readonly Photo[]): PlacedPhoto<Photo>[] {
  const sorted = [...photos].sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  const taken = new Set<string>(['annotations.json']);
  return sorted.map((photo) => {
    const { stem, extension } = partsOf(photo.name);
    for (let number = 1; ; number++) {
      const folder = number === 1 ? stem : `${stem}-${number}`;
      const own = extension === '' ? `${folder}.photo` : `${folder}${extension}`;
      const name = extension === '' || taken.has(keyOf(photo.name)) ? own : photo.name;
      if (taken.has(keyOf(folder)) || taken.has(keyOf(name))) continue;
      taken.add(keyOf(folder)).add(keyOf(name));
      return { photo, name, folder };
    }
  });
}

/** No separators, no controls, no hidden files: a zip is unpacked anywhere. */
function partsOf(name: string): { readonly stem: string; readonly extension: string } {
  const plain = name.replaceAll(/[\p{Cc}\p{Cs}\\/:*?"<>|]/gu, '_');
  const at = plain.lastIndexOf('.');
  const [stem, extension] = at > 0 ? [plain.slice(0, at), plain.slice(at)] : [plain, ''];
  // A file system may be none that takes a dot or a space at an end.
  const first = stem.search(/[^.\s]/);
  return { stem: first === -1 ? 'photo' : stem.slice(first).replace(/(?<![.\s])[.\s]+$/, ''), extension };
}

function keyOf(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
