/**
 * Every bound on what comes from outside, and every share that one owner may have, in one place. The tables in
 * docs/limits.md are generated from here. A bound is fixed; a share has a setting, and a key may have its own.
 */

/** A photo, before it is decoded; `MAX_IMAGE_BYTES` and `MAX_IMAGE_PIXELS` change the first two. */
export const photoLimits = {
  maxBytes: 25 * 1024 * 1024,
  /** Width times height. */
  maxPixels: 50_000_000,
  maxSidePx: 20_000,
} as const;

interface Bound {
  readonly max: number;
  readonly unit: 'bytes' | 'pixels' | 'characters' | 'entries' | 'levels' | 'seconds' | 'bytes per second';
  /** As in "at most 64 KiB: a JSON body". */
  readonly of: string;
}

const kib = 1024;
const mib = 1024 * kib;

/** What a request may hold, an answer may grow to, is kept for an owner, or is read of a photo or a model. */
export const bounds = {
  headers: { max: 16 * kib, unit: 'bytes', of: 'a request’s headers' },
  headersTime: { max: 10, unit: 'seconds', of: 'the time for a request’s headers to arrive' },
  idleTime: { max: 65, unit: 'seconds', of: 'the time that a connection stays open between two requests' },
  jsonBody: { max: 64 * kib, unit: 'bytes', of: 'a JSON body, except a batch’s' },
  batchBody: { max: 4 * mib, unit: 'bytes', of: 'the JSON body of a batch' },
  formFields: { max: 256 * kib, unit: 'bytes', of: 'what a form has in addition to its photo' },
  jsonDepth: { max: 16, unit: 'levels', of: 'nested arrays and objects in a JSON body' },
  jsonValues: { max: 12_000, unit: 'entries', of: 'values in a JSON body, arrays and objects included' },
  formParts: { max: 24, unit: 'entries', of: 'parts of a form' },
  formPartHeaders: { max: 32, unit: 'entries', of: 'headers of one part' },
  formFieldName: { max: 100, unit: 'bytes', of: 'the name of a part' },
  formFieldBytes: { max: 64 * kib, unit: 'bytes', of: 'one text field of a form' },
  smallChunks: { max: 1_024, unit: 'entries', of: 'chunks of a body that have less than 64 bytes on average' },
  bodyMemory: { max: 32 * mib, unit: 'bytes', of: 'request bodies and large answers in memory, per API process' },
  bodiesWaiting: { max: 256, unit: 'entries', of: 'uploads that wait for memory, per API process' },
  bodyWait: { max: 5, unit: 'seconds', of: 'the time that an upload waits for memory' },
  uploadBuffer: { max: 8 * mib, unit: 'bytes', of: 'one photo on its way that is in memory' },
  parseAnswer: { max: 8 * mib, unit: 'bytes', of: '`masks.json` that `POST /parse` answers with' },
  downloads: { max: 48, unit: 'entries', of: 'result files that the API sends at once, per process' },
  connections: { max: 2048, unit: 'entries', of: 'connections, per API process' },
  unsentAnswers: { max: 64 * mib, unit: 'bytes', of: 'answers that clients have not read yet, per API process' },
  leastRate: {
    max: kib,
    unit: 'bytes per second',
    of: 'the least rate of a body or an answer: slower ones are cut off',
  },
  rateGrace: { max: 10, unit: 'seconds', of: 'the time over which that rate is measured' },
  objectKey: { max: 1024, unit: 'bytes', of: 'a key or prefix in the bucket, in UTF-8' },
  inputUrl: { max: 4096, unit: 'characters', of: 'the URL of a photo' },
  hostAddresses: { max: 4, unit: 'entries', of: 'addresses of a photo’s or webhook’s host that are tried in turn' },
  photoName: { max: 255, unit: 'bytes', of: 'a photo’s own name, in UTF-8; a longer one is cut' },
  batchKeys: { max: 10_000, unit: 'entries', of: 'keys in one batch' },
  waitingKeyBytes: { max: 128, unit: 'bytes', of: 'a batch’s keys, on average; longer ones count as more photos' },
  parts: { max: 64, unit: 'entries', of: '`parts` of a request' },
  partName: { max: 64, unit: 'characters', of: 'the name of a part in a request' },
  people: { max: 255, unit: 'entries', of: 'people of a photo that are told apart, and `person` of a request' },
  polygonPoints: {
    ...{ max: 1_000_000, unit: 'entries', of: 'corners of all polygons of a photo; masks beyond that stay RLE' },
  },
  models: { max: 64, unit: 'entries', of: 'models of one service' },
  modelName: { max: 100, unit: 'characters', of: 'a model’s name, as in `model` of a request' },
  modelCard: { max: 64 * kib, unit: 'bytes', of: 'what a worker tells of its model, as JSON in UTF-8' },
  cardText: { max: 300, unit: 'characters', of: 'a text in it, such as the license' },
  datasetBytes: { max: 16 * mib, unit: 'bytes', of: 'a photo’s `masks.json` that goes into an `annotations.json`' },
  datasetCategories: { max: 1_024, unit: 'entries', of: 'the classes in an `annotations.json`' },
  metadataEntries: { max: 32, unit: 'entries', of: 'metadata of a job or batch' },
  metadataName: { max: 64, unit: 'characters', of: 'a name in metadata' },
  metadataValue: { max: 512, unit: 'characters', of: 'a value in metadata' },
  metadataBytes: { max: 4 * kib, unit: 'bytes', of: 'all metadata of a job or batch, as JSON in UTF-8' },
  webhookUrl: { max: 2048, unit: 'characters', of: 'a webhook’s URL' },
  idempotencyKey: { max: 255, unit: 'characters', of: 'an Idempotency-Key' },
  preferHeader: { max: 256, unit: 'characters', of: 'a Prefer header' },
  assuredJobs: {
    ...{ max: 10, unit: 'entries' },
    of: 'unfinished jobs that an owner is let have, however many of others wait (`MAX_BACKLOG`)',
  },
  webhookSecrets: { max: 5, unit: 'entries', of: 'an owner’s webhook secrets: the current one, and those before it' },
  webhookAnswer: {
    max: 16 * kib,
    unit: 'bytes',
    of: 'the headers of a webhook receiver’s answer, whose body is not read',
  },
  deliveryAttempts: { max: 50, unit: 'entries', of: 'attempts that are kept of a webhook delivery, the latest' },
  redeliveries: { max: 20, unit: 'entries', of: 'requests to send one webhook delivery again' },
  requestsAtOnce: { max: 256, unit: 'entries', of: 'requests with the same API key in progress, per API process' },
  requestsAhead: { max: 8, unit: 'entries', of: 'requests of one connection without an answer yet' },
  requestId: { max: 128, unit: 'characters', of: 'an X-Request-Id' },
  pageSize: { max: 100, unit: 'entries', of: 'a page of a list' },
  entriesPerRequest: { max: 20, unit: 'entries', of: 'a page that counts as one request; larger ones as several' },
  outputs: { max: 9, unit: 'entries', of: '`outputs` in options: each kind once' },
  listedStates: { max: 500, unit: 'entries', of: 'jobs looked at for one page of a list by status' },
  jobHistory: { max: 100_000, unit: 'entries', of: 'an owner’s list of jobs, those no longer kept included' },
  idempotencyRecords: { max: 20_000, unit: 'entries', of: 'an owner’s idempotency keys; the oldest are forgotten' },
  idempotencyBytes: { max: 16 * mib, unit: 'bytes', of: 'what is kept with an owner’s idempotency keys' },
  deliveries: { max: 10_000, unit: 'entries', of: 'an owner’s webhook deliveries; the oldest are forgotten' },
  deliveryBytes: { max: 16 * mib, unit: 'bytes', of: 'an owner’s webhook deliveries' },
  endedBatches: { max: 1_000, unit: 'entries', of: 'an owner’s batches that have ended; the oldest are forgotten' },
  endedBatchBytes: { max: 8 * mib, unit: 'bytes', of: 'an owner’s batches that have ended' },
  listedBatches: { max: 10_000, unit: 'entries', of: 'an owner’s list of batches' },
  problemErrors: { max: 20, unit: 'entries', of: '`errors` in a problem document' },
  refusal: { max: 64 * kib, unit: 'bytes', of: 'the answer to a request that is refused' },
  problemText: { max: 500, unit: 'characters', of: 'a text in a problem document that repeats what was sent' },
  decodeTime: { max: 20, unit: 'seconds', of: 'decoding a photo; not tried again' },
  photoIcc: { max: 4 * mib, unit: 'bytes', of: 'a photo’s color profile, unpacked' },
  photoText: { max: 16 * mib, unit: 'bytes', of: 'a photo’s EXIF, XMP, comments and other text, unpacked' },
  photoFrames: { max: 2_000, unit: 'entries', of: 'frames of an animation' },
  jpegSegments: { max: 4_096, unit: 'entries', of: 'marker segments in a JPEG' },
  jpegScans: { max: 100, unit: 'entries', of: 'scans in a JPEG' },
  jpegSamples: { max: 2_500_000_000, unit: 'pixels', of: 'a JPEG’s color channels, over all scans' },
  photoChunks: { max: 4_096, unit: 'entries', of: 'chunks in a PNG or WebP, without those of colors' },
  pngDataChunks: { max: 100_000, unit: 'entries', of: 'chunks with colors in a PNG' },
  avifBoxes: { max: 10_000, unit: 'entries', of: 'boxes and OBUs in an AVIF' },
  avifItems: { max: 2_000, unit: 'entries', of: 'images in an AVIF, and references between them' },
  avifLevels: { max: 8, unit: 'levels', of: 'images of an AVIF within each other' },
  avifPicture: {
    ...{ max: 25_000_000, unit: 'pixels' },
    of: 'an AVIF, whose decoder takes some 20 bytes of memory for each',
  },
  avifPixels: { max: 250_000_000, unit: 'pixels', of: 'all images that an AVIF is put together from' },
  modelJson: { max: mib, unit: 'bytes', of: 'a model’s manifest, configuration or list of labels' },
  modelJsonDepth: { max: 32, unit: 'levels', of: 'nested arrays and objects in it' },
  modelYamlFiles: { max: 16, unit: 'entries', of: 'YAML files that one configuration is made of' },
  checkpointEntries: { max: 100_000, unit: 'entries', of: 'files in a checkpoint' },
  checkpointDirectory: { max: 64 * mib, unit: 'bytes', of: 'a checkpoint’s table of contents' },
  checkpointPickle: { max: 16 * mib, unit: 'bytes', of: 'a checkpoint’s pickle' },
  pickleOperations: { max: 1_000_000, unit: 'entries', of: 'operations of a pickle' },
  tensorElements: { max: 2 ** 26, unit: 'entries', of: 'numbers in one tensor of a checkpoint' },
  checkpointEntry: { max: 1024 * mib, unit: 'bytes', of: 'a compressed file of a checkpoint, unpacked' },
  checkpointInAll: { max: 4096 * mib, unit: 'bytes', of: 'all that is unpacked of a checkpoint’s compressed files' },
} as const satisfies Record<string, Bound>;
export type BoundName = keyof typeof bounds;

interface Share {
  /** The environment variable with the default for every owner. */
  readonly setting: string;
  readonly default: number;
  /** The highest that the setting, or a key, may say. */
  readonly most: number;
  /** `window`: so many per `windowS` seconds; `at once`: held until released; `kept`: held in Redis. */
  readonly kind: 'window' | 'at once' | 'kept';
  readonly windowS?: number;
  readonly unit: 'requests' | 'jobs' | 'photos' | 'batches' | 'bytes' | 'streams' | 'downloads' | 'deliveries';
  readonly of: string;
}

/**
 * What one owner may have, over all of the owner's keys. Without a key, on one machine for one person, nothing here
 * applies. The names are those of the policies in `RateLimit-Policy`.
 */
export const ownerShares = {
  requests: {
    ...{ setting: 'OWNER_REQUESTS_PER_MINUTE', default: 6_000, most: 1_000_000, kind: 'window', windowS: 60 },
    ...{ unit: 'requests', of: 'requests per minute' },
  },
  jobs: {
    ...{ setting: 'OWNER_JOBS_AT_ONCE', default: 1_000, most: 1_000_000, kind: 'kept', unit: 'jobs' },
    of: 'unfinished jobs, not counting those of batches',
  },
  photos: {
    ...{ setting: 'OWNER_PHOTOS_WAITING', default: 200_000, most: 100_000_000, kind: 'kept', unit: 'photos' },
    of: 'photos without an outcome in open batches',
  },
  batches: {
    ...{ setting: 'OWNER_OPEN_BATCHES', default: 50, most: 100_000, kind: 'kept', unit: 'batches' },
    of: 'open batches',
  },
  upload_bytes: {
    ...{ setting: 'OWNER_UPLOAD_BYTES', default: 64 * mib, most: 2 ** 40, kind: 'at once', unit: 'bytes' },
    of: 'request bodies on their way, per API process',
  },
  waiters: {
    ...{ setting: 'OWNER_SYNC_WAITERS', default: 16, most: 10_000, kind: 'at once', unit: 'requests' },
    of: 'requests that wait for their job, per API process',
  },
  streams: {
    ...{ setting: 'OWNER_EVENT_STREAMS', default: 100, most: 100_000, kind: 'at once', unit: 'streams' },
    of: 'event streams, per API process',
  },
  downloads: {
    ...{ setting: 'OWNER_DOWNLOADS', default: 16, most: 10_000, kind: 'at once', unit: 'downloads' },
    of: 'result files being sent by the API, per API process',
  },
  deliveries: {
    ...{ setting: 'OWNER_DELIVERIES_AT_ONCE', default: 20, most: 10_000, kind: 'at once', unit: 'deliveries' },
    of: 'webhook deliveries on their way, per dispatcher',
  },
  retained_jobs: {
    ...{ setting: 'OWNER_RETAINED_JOBS', default: 20_000, most: 100_000_000, kind: 'kept', unit: 'jobs' },
    of: 'ended jobs of a model that are kept; beyond that the oldest go first',
  },
  retained_bytes: {
    ...{ setting: 'OWNER_RETAINED_BYTES', default: 32 * mib, most: 2 ** 40, kind: 'kept', unit: 'bytes' },
    of: 'ended jobs of a model that are kept, as they are in Redis; beyond that the oldest go first',
  },
} as const satisfies Record<string, Share>;
export type ShareName = keyof typeof ownerShares;
export const shareNames = Object.keys(ownerShares) as readonly ShareName[];

/** A limit for each share; null: none. */
export type ShareLimits = Readonly<Record<ShareName, number | null>>;
