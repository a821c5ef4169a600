/**
 * JSON in as few bytes as possible, for what Redis keeps long after it was written: a photo's record shrinks to about a
 * sixth. Deflate alone finds little in one short record, so it starts from a dictionary of what all of them have in
 * common; and what the reader knows already (the id in the key, a prefix) is left out.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/**
 * The first byte, so that a later version can have another dictionary. Anything else, such as JSON, begins otherwise.
 * Never change a dictionary that has been used: what it packed could not be read again.
 */
const format = 1;

/** What is likely, the likeliest last: deflate refers to what is near in fewer bits. */
const dictionary = Buffer.from(
  [
    '"image_unreadable","image_too_large","unsupported_format","input_not_found","input_denied","output_denied",',
    '"model_unavailable","storage_unavailable","invalid_request","timeout","internal","The job was given up',
    'background skin l_brow r_brow l_eye r_eye eye_g l_ear r_ear ear_r nose mouth u_lip l_lip neck neck_l cloth hair',
    'Background Hat Hair Glove Sunglasses Upper-clothes UpperClothes Dress Coat Socks Pants Torso-skin Jumpsuits Scarf',
    'Skirt Face Left-arm Right-arm Left-leg Right-leg Left-shoe Right-shoe Sunglasses Faceless person cihp voc model',
    '"webhook":{"url":"https://example.com/hooks/","events":["job.succeeded","job.failed","job.canceled"]},',
    '{"type":"job.succeeded","timestamp":"2026-11-26T10:11:12.000Z","data":{"id":"job_","status":"succeeded",',
    '"created_at":"2026-11-26T10:11:12.345Z","started_at":"2026-11-26T10:11:12.345Z","finished_at":"2026-11-',
    '"status":"failed","status":"canceled","attempts":1,"input":{"key":"inputs/uploads/results/photos/.jpg.png.webp"}',
    '"metadata":{"customer":""},"error":{"code":"canceled","message":"The job was canceled."}}',
    '{"code":"canceled","message":"The batch was canceled before this photo’s turn."}',
    '"batch":{"id":"batch_","index":',
    '"owner":"anonymous","keyId":"',
    '{"key":"uploads/"},"output":{"prefix":"results/"},"options":{"short_side":540,"max_side":1333,',
    '"score_threshold":0,"top_k":100,"score_step":0.05,"outputs":["masks","colormap","instances","overlay","cutout",',
    '"people","parse-lip","parse-atr","agnostic"],"parts":["hair"],"person":[1],"polygons":true,"crop":true,"garment":',
    '"dresses"},"outputs":["masks"],"outputs":["masks","colormap","instances"],"palette":"model","parts":[],',
    '"person":[],',
    '"polygons":false,"crop":false,"garment":"upper"},',
    '"createdAt":"2026-11-26T10:11:12.345Z"',
    '{"model":{"name":"m2fp","kind":"m2fp-single","version":"1","synthetic":true},',
    '{"model":{"name":"portrait","kind":"portrait","version":"1.0.0","synthetic":false},"image":{"width":1200,',
    '"height":1600},"scale":0.5,"people":1,"labels":[{"id":0,"name":"background","pixels":10,{"id":1,"name":"skin",',
    '"pixels":20,{"id":2,"name":"l_brow","pixels":3},{"id":3,"name":"r_brow","pixels":4},',
    '{"id":4,"name":"l_eye","pixels":5},',
    '{"id":5,"name":"r_eye","pixels":6},{"id":7,"name":"l_ear","pixels":7},{"id":8,"name":"r_ear","pixels":8},',
    '{"id":10,"name":"nose","pixels":9},{"id":11,"name":"mouth","pixels":1},{"id":12,"name":"u_lip","pixels":12},',
    '{"id":13,"name":"l_lip","pixels":13},{"id":14,"name":"neck","pixels":14},{"id":16,"name":"cloth","pixels":16},',
    '{"id":17,"name":"hair","pixels":17},{"id":18,"name":"hat","pixels":18}],"files":[{"output":"cutout","key":"',
    'cutout.png"},{"output":"people","person":1,"key":"people/1.png"},{"output":"parse-lip","key":"parse-lip.png"},',
    '{"output":"parse-atr","key":"parse-atr.png"},{"output":"agnostic","key":"agnostic.png"},{"output":"overlay",',
    '"key":"',
    'overlay.jpg","content_type":"image/jpeg","bytes":1},{"output":"colormap","key":"results/\u0001/colormap.png",',
    '"content_type":"image/png","bytes":2},{"output":"instances","key":"results/\u0001/instances.png","content_type":',
    '"image/png","bytes":3},{"output":"masks","key":"results/\u0001/masks.json",',
    '"content_type":"application/json","bytes":4}],',
    '"timings":{"fetch":1.2,"open":2.3,"decode":10.4,"detect":20.5,"network":100.6,"postprocess":30.7,"encode":40.8,',
    '"store":5.9}}',
  ].join(''),
);

/** Each call takes a buffer of `chunkSize` bytes, which stays until garbage is collected: zlib's own 16 KiB add up. */
const common = { dictionary, windowBits: 13, chunkSize: 1_024 } as const;
const options = { ...common, level: 9, memLevel: 7 } as const;
/** Far above anything that is packed: what claims to be larger was not written by us. */
const maxBytes = 2 ** 20;

/**
 * @param known texts that the value contains and the reader knows, the longest first; `expand` needs the same ones
 */
export function compact(value: unknown, known: readonly string[] = []): Buffer {
  let text = JSON.stringify(value);
  for (const [place, part] of known.entries()) text = text.replaceAll(inJson(part), () => mark(place));
  return Buffer.concat([Buffer.of(format), deflateRawSync(text, options)]);
}

/** Throws if the bytes are not from `compact`. */
export function expand(bytes: Uint8Array, known: readonly string[] = []): unknown {
  if (bytes[0] !== format) throw new Error('This was packed by another version.');
  let text = inflateRawSync(bytes.subarray(1), { ...common, maxOutputLength: maxBytes }).toString();
  for (const [place, part] of known.entries()) text = text.replaceAll(mark(place), () => inJson(part));
  return JSON.parse(text);
}

export function isCompact(bytes: Uint8Array): boolean {
  return bytes[0] === format;
}

/** The same as text, where binary values are in the way. */
export function compactText(value: unknown): string {
  return compact(value).toString('base64');
}

/** Reads what `compactText` made, and JSON, as earlier versions stored it. */
export function expandText(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text) : expand(Buffer.from(text, 'base64'));
}

/** A control character, which JSON never has as such. */
function mark(place: number): string {
  return String.fromCharCode(place + 1);
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
