/** Made from the API’s document by `npm run client:generate`. Not to be edited. */

export interface paths {
  '/healthz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Check liveness
     * @description Whether this process is alive, whatever the state of Redis and S3. For liveness probes.
     */
    get: operations['getHealth'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get metrics for Prometheus
     * @description Scope: `metrics`.
     */
    get: operations['getMetrics'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/parse': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /**
     * Parse a photo that is uploaded with PUT
     * @description The same as POST with the photo as the body: `curl -T photo.jpg …/parse`.
     *
     *     Scope: `jobs:write`.
     */
    put: operations['parsePutPhoto'];
    /**
     * Parse a photo and wait for the result
     * @description Send the photo as the body itself, in a form (`image`), or by its key. `Accept` selects the answer: the masks as JSON, the colormap as PNG or the overlay as JPEG. `output` selects any other: a file of a job, as it is; `people` needs one `person`. The photo goes through the same queue as every job, ahead of your other photos that no request waits for. If no worker starts it within 15 seconds, or too many requests are already waiting, the answer is 429 and the job is withdrawn. It is also withdrawn when you hang up, unless you sent an Idempotency-Key: then the same request finds the same job. The model, the output and options may be in the query or in the body, which takes precedence.
     *
     *     Scope: `jobs:write`.
     */
    post: operations['parsePhoto'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/readyz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Check readiness
     * @description Whether requests can be served: checks that Redis takes writes and that S3 answers, at most once a second. Workers are counted but not required: jobs wait for them.
     */
    get: operations['getReadiness'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/batches': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List batches, newest first
     * @description Scope: `batches`.
     */
    get: operations['listBatches'];
    put?: never;
    /**
     * Queue many photos
     * @description The photos are already in the bucket: send their keys, or a prefix that is listed later. Each becomes its own job, and a failure affects no other photo. Of your photos, one of a batch follows eight single ones.
     *
     *     Scope: `batches`.
     */
    post: operations['createBatch'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/batches/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get a batch
     * @description Counts by status and, once it has ended, its manifest with one JSON line per photo.
     *
     *     Scope: `batches`.
     */
    get: operations['getBatch'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/batches/{id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Cancel a batch
     * @description Waiting photos are dropped, running ones are stopped; finished ones stay. Safe to repeat, and without effect on a batch that has ended.
     *
     *     Scope: `batches`.
     */
    post: operations['cancelBatch'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List jobs, newest first
     * @description Your jobs that are still kept, without their results and places in the queue: get a job to see those. The photos of a batch are in its manifest. A page may have fewer jobs than requested: there are more as long as `next_cursor` is set.
     *
     *     Scope: `jobs:read`.
     */
    get: operations['listJobs'];
    put?: never;
    /**
     * Queue a photo for parsing
     * @description The photo is already in the bucket (JSON, with its key) or comes with the request (multipart, field `image`). Everything that can be known in advance is checked before the job is queued: the fields, the keys, that the object exists and is not too large, and an upload’s size and format.
     *
     *     Scope: `jobs:write`.
     */
    post: operations['createJob'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get a job
     * @description Poll every second or so until `finished_at` is set. Result URLs are signed anew for each response.
     *
     *     Scope: `jobs:read`.
     */
    get: operations['getJob'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Cancel a job
     * @description A waiting job never runs; a running one is stopped within a second, on whichever worker it runs. A canceled job leaves no results. A job that has already ended is unchanged, and canceling again has no effect.
     *
     *     Scope: `jobs:write`.
     */
    post: operations['cancelJob'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Follow a job live
     * @description Server-sent events. `state`: the status or the place in the queue changed; also sent at the beginning. `progress`. `done`: the job has ended, after which the stream ends. Each event has the whole job as its data and an id that grows as the job proceeds. A line that begins with a colon is sent every 15 seconds to show that the connection is alive.
     *
     *     Scope: `jobs:read`.
     */
    get: operations['streamJobEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/files/{output}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get a result file
     * @description The same bytes as behind the job’s presigned URLs, for clients that can reach the API but not S3.
     *
     *     Scope: `jobs:read`.
     */
    get: operations['getJobFile'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/files/{output}/{person}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get a result file of one person
     * @description Of an output that has one file for each person.
     *
     *     Scope: `jobs:read`.
     */
    get: operations['getJobPersonFile'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/photo': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get the photo of a job
     * @description As it is in the bucket: the one that was sent with the job, or the one at its key. 404 once it has been removed from there, which does not need to be when the job is.
     *
     *     Scope: `jobs:read`.
     */
    get: operations['getJobPhoto'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/models': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the models
     * @description Those that `model` of a job, a batch or `POST /parse` can name, with their classes and licenses. A model without workers is listed too: its jobs wait until some are started.
     *
     *     Scope: `jobs:read` or `jobs:write` or `batches`.
     */
    get: operations['listModels'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/models/{model}/backlog': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get how much work waits for a model’s workers
     * @description For whatever starts and stops workers, such as KEDA’s `metrics-api` scaler on `photos`. Of all owners, and at most a second old. A model without workers answers too.
     *
     *     Scope: `metrics`.
     */
    get: operations['getModelBacklog'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/uploads': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Get a URL to upload a photo to
     * @description Photos then go directly to S3. An upload that never happens leaves nothing behind.
     *
     *     Scope: `jobs:write`.
     */
    post: operations['createUpload'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/webhooks/deliveries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List deliveries, newest first
     * @description Scope: `webhooks`.
     */
    get: operations['listWebhookDeliveries'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/webhooks/deliveries/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get a delivery
     * @description Scope: `webhooks`.
     */
    get: operations['getWebhookDelivery'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/webhooks/deliveries/{id}/redeliver': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Send a delivery again, now
     * @description The same message with the same `webhook-id`, whatever its status. If it is waiting for its next attempt, that attempt is made now. At most 20 times.
     *
     *     Scope: `webhooks`.
     */
    post: operations['redeliverWebhook'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/webhooks/secrets': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the current signing secrets
     * @description The newest first. There is always one: the first is created when it is first needed.
     *
     *     Scope: `webhooks`.
     */
    get: operations['listWebhookSecrets'];
    put?: never;
    /**
     * Create a new signing secret
     * @description It signs from now on. The previous one also signs for 24 hours, so that receivers have time to switch.
     *
     *     Scope: `webhooks`.
     */
    post: operations['rotateWebhookSecret'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** @description The work that waits for a model’s workers. */
    Backlog: {
      /** @description Jobs that workers have. */
      active: number;
      /** @description Jobs on the queue that pause before their next attempt. */
      delayed: number;
      /** @description Its name. */
      model: string;
      /** @description Seconds since the oldest waiting job was created; 0 if none waits. The least that it can be where more than a hundred owners have jobs waiting. */
      oldest_waiting_s: number;
      /** @description Batches that have not ended. */
      open_batches: number;
      /** @description All that the model’s workers are needed for: the sum of the next four. */
      photos: number;
      /** @description Photos of open batches that are not on the queue yet; one of a batch not listed yet. */
      unqueued: number;
      /** @description Jobs on the queue that wait for a worker now. */
      waiting: number;
      /** @description That are connected now. Null if unknown. */
      workers: number | null;
    };
    /** @description Many photos that are parsed, or were. */
    Batch: {
      annotations: components['schemas']['BatchAnnotations'] | null;
      counts: components['schemas']['BatchCounts'];
      /**
       * Format: date-time
       * @description When the batch was queued.
       */
      created_at: string;
      /** @description Only if `status` is `failed`. */
      error?: {
        /**
         * @description Stable: program against this.
         * @enum {string}
         */
        code:
          | 'invalid_request'
          | 'image_unreadable'
          | 'image_too_large'
          | 'unsupported_format'
          | 'input_not_found'
          | 'input_denied'
          | 'input_unavailable'
          | 'output_denied'
          | 'model_unavailable'
          | 'storage_unavailable'
          | 'timeout'
          | 'canceled'
          | 'internal'
          | 'malformed_request'
          | 'unsupported_media_type'
          | 'payload_too_large'
          | 'not_found'
          | 'expired'
          | 'method_not_allowed'
          | 'not_acceptable'
          | 'unauthorized'
          | 'forbidden'
          | 'conflict'
          | 'idempotency_mismatch'
          | 'rate_limited'
          | 'overloaded'
          | 'queue_unavailable';
        /** @description What happened, in a sentence. */
        message: string;
      };
      /**
       * Format: date-time
       * @description When the batch ended; null until then.
       */
      finished_at: string | null;
      /**
       * @description The batch’s id.
       * @example batch_9f86d081884c7d659a2feaa0c55ad015
       */
      id: string;
      /** @description The photos. */
      input: {
        /** @description Null if keys were given. */
        prefix: string | null;
      };
      links: components['schemas']['BatchLinks'];
      manifest: components['schemas']['BatchManifest'] | null;
      metadata: components['schemas']['Metadata'];
      /** @description The model that parses the photos, as in `GET /v1/models`. */
      model: string;
      options: components['schemas']['EffectiveOptions'];
      /** @description Where the results go. */
      output: {
        /** @description What the keys of all files begin with. */
        prefix: string;
      };
      /**
       * @description `finished`: every photo has an outcome, good or bad. `failed`: the batch itself could not continue.
       * @enum {string}
       */
      status: 'queued' | 'listing' | 'processing' | 'canceling' | 'finished' | 'failed' | 'canceled';
    };
    /** @description Once the batch has ended, if `masks` is among its outputs and a photo succeeded: one COCO data set of all photos that did, in S3. */
    BatchAnnotations: {
      /** @description Where it is in the bucket. */
      key: string;
      /**
       * Format: uri
       * @description Presigned GET; valid until `url_expires_at`.
       */
      url: string;
      /**
       * Format: date-time
       * @description When the URL ends. A later answer has a new one.
       */
      url_expires_at: string;
    };
    /** @description How many photos are where. */
    BatchCounts: {
      /** @description That were stopped. */
      canceled: number;
      /** @description That have an error. */
      failed: number;
      /** @description That workers have. */
      processing: number;
      /** @description That wait. */
      queued: number;
      /** @description That have results. */
      succeeded: number;
      /** @description Photos; grows while a prefix is being listed. */
      total: number;
    };
    /** @description Where things are on this server, as paths. */
    BatchLinks: {
      /** @description `POST`. Only until the batch has ended. */
      cancel?: string;
      /** @description `GET`: the batch as it is then. */
      self: string;
    };
    /** @description A page of batches. */
    BatchList: {
      /** @description Newest first. */
      batches: components['schemas']['Batch'][];
      /**
       * @description The batch’s id.
       * @example batch_9f86d081884c7d659a2feaa0c55ad015
       */
      next_cursor: string | null;
    };
    /** @description Once the batch has ended: JSON Lines in S3, one line per photo, in order. */
    BatchManifest: {
      /** @description Where it is in the bucket. */
      key: string;
      /**
       * Format: uri
       * @description Presigned GET; valid until `url_expires_at`.
       */
      url: string;
      /**
       * Format: date-time
       * @description When the URL ends. A later answer has a new one.
       */
      url_expires_at: string;
    };
    /** @description Called when the batch ends. */
    BatchWebhook: {
      /**
       * @description The events to send; by default all of them.
       * @default [
       *       "batch.finished",
       *       "batch.failed",
       *       "batch.canceled"
       *     ]
       */
      events?: ('batch.finished' | 'batch.failed' | 'batch.canceled')[];
      /**
       * Format: uri
       * @description Where to POST. Public addresses only; redirects are not followed.
       */
      url: string;
    };
    /** @description Photos, and what to make of them. */
    CreateBatch: {
      /**
       * @description The photos.
       * @example {
       *       "keys": [
       *         "inputs/1.jpg",
       *         "inputs/2.jpg"
       *       ]
       *     }
       */
      input: {
        /** @description Keys of photos in the bucket, under the allowed input prefixes. */
        keys?: string[];
        /** @description Instead of keys: every object whose key begins with this, under one of the allowed input prefixes. */
        prefix?: string;
        /** @description Instead of keys: where workers get the photos, as `input.url` of a job. */
        urls?: string[];
      };
      metadata?: components['schemas']['Metadata'];
      /**
       * @description The model, by its name in `GET /v1/models`. Default: the service’s own.
       * @example portrait
       */
      model?: string;
      options?: components['schemas']['ParseOptions'];
      /** @description Results go to one folder per photo under this prefix, and those of the whole batch to its `manifest.jsonl` and `annotations.json`. */
      output?: {
        /** @description Under one of the allowed output prefixes. */
        prefix: string;
      };
      webhook?: components['schemas']['BatchWebhook'];
    };
    /** @description A photo that is in the bucket or at a URL, and what to make of it. */
    CreateJob: {
      /**
       * @description The photo.
       * @example {
       *       "key": "inputs/photo.jpg"
       *     }
       */
      input: {
        /** @description Key of a photo in the bucket, under one of the allowed input prefixes; at most 1024 bytes in UTF-8. */
        key?: string;
        /**
         * Format: uri
         * @description Instead of a key: where a worker gets the photo, such as a presigned URL of another cloud. Public addresses only. Whatever follows its path is not shown again, and forgotten once the job has ended.
         */
        url?: string;
      };
      metadata?: components['schemas']['Metadata'];
      /**
       * @description The model, by its name in `GET /v1/models`. Default: the service’s own.
       * @example portrait
       */
      model?: string;
      options?: components['schemas']['ParseOptions'];
      /**
       * @description Where the results go. Default: a folder of the job’s own.
       * @example {
       *       "prefix": "results/album-7/photo/"
       *     }
       */
      output?: {
        /** @description Where the results go, under one of the allowed output prefixes; a missing slash at the end is added. */
        prefix: string;
      };
      webhook?: components['schemas']['JobWebhook'];
    };
    /**
     * @description A photo as a file, and what to make of it.
     * @example {
     *       "image": "(the photo’s bytes)",
     *       "options": {
     *         "outputs": [
     *           "masks",
     *           "overlay"
     *         ]
     *       }
     *     }
     */
    CreateJobForm: {
      /**
       * Format: binary
       * @description The photo: JPEG, PNG, WebP or AVIF. The part needs a file name, which `masks.json` has, too.
       */
      image: string;
      metadata?: components['schemas']['Metadata'];
      /**
       * @description The model, by its name in `GET /v1/models`. Default: the service’s own.
       * @example portrait
       */
      model?: string;
      options?: components['schemas']['ParseOptions'];
      /**
       * @description Where the results go. Default: a folder of the job’s own.
       * @example {
       *       "prefix": "results/album-7/photo/"
       *     }
       */
      output?: {
        /** @description Where the results go, under one of the allowed output prefixes; a missing slash at the end is added. */
        prefix: string;
      };
      webhook?: components['schemas']['JobWebhook'];
    };
    /**
     * @description What will be uploaded.
     * @example {
     *       "content_type": "image/jpeg",
     *       "bytes": 482133,
     *       "filename": "cat.jpg"
     *     }
     */
    CreateUpload: {
      /** @description The photo’s size. It is signed: storage takes exactly so many bytes. */
      bytes: number;
      /**
       * @description The photo’s type. It is signed, too.
       * @enum {string}
       */
      content_type: 'image/jpeg' | 'image/png' | 'image/webp' | 'image/avif';
      /** @description The photo’s name: the last part of its key, and in `masks.json`. */
      filename?: string;
    };
    /** @description One request to the receiver. */
    DeliveryAttempt: {
      /**
       * Format: date-time
       * @description When it began.
       */
      at: string;
      /** @description How long it took. */
      duration_ms: number;
      /** @description Null if the receiver accepted it, otherwise `status`, `redirect`, `timeout`, `connection_failed`, `address_refused` or `key_revoked`. */
      error: string | null;
      /** @description The receiver’s answer; null if there was none. */
      status_code: number | null;
    };
    /**
     * @description The effective options, including defaults.
     * @example {
     *       "short_side": 540,
     *       "outputs": [
     *         "masks",
     *         "colormap",
     *         "overlay"
     *       ]
     *     }
     */
    EffectiveOptions: {
      /**
       * @description The cutout has the size of what was cut out, not the photo’s.
       * @default false
       */
      crop?: boolean;
      /**
       * @description What the agnostic mask covers.
       * @default upper
       * @enum {string}
       */
      garment?: 'upper' | 'lower' | 'dresses';
      /**
       * @description The long side, px, never exceeds this; it wins over `short_side`.
       * @default 1333
       */
      max_side?: number;
      /**
       * @description The files to make.
       * @default [
       *       "masks",
       *       "colormap",
       *       "instances"
       *     ]
       */
      outputs?: (
        'masks' | 'colormap' | 'instances' | 'overlay' | 'cutout' | 'people' | 'parse-lip' | 'parse-atr' | 'agnostic'
      )[];
      /**
       * @description Colors of the colormap; `model` is the model's own.
       * @default model
       * @enum {string}
       */
      palette?: 'model' | 'cihp' | 'voc';
      /**
       * @description Only these classes, by name, are in the results; none = all.
       * @default []
       */
      parts?: string[];
      /**
       * @description Only these people, by `person_id`, are in the results; none = all.
       * @default []
       */
      person?: number[];
      /**
       * @description Segmentations in `masks.json` are polygons instead of RLE: they have no holes.
       * @default false
       */
      polygons?: boolean;
      /**
       * @description Scores are rounded to this step before painting, so that ties go to the smaller mask; 0 = exact.
       * @default 0.05
       */
      score_step?: number;
      /**
       * @description Masks whose score is not above this are dropped.
       * @default 0
       */
      score_threshold?: number;
      /**
       * @description Short side, px, that the photo is resized to for the network (models that resize the whole photo).
       * @default 540
       */
      short_side?: number;
      /**
       * @description Consider at most this many of the likeliest (query, class) pairs (models for many people).
       * @default 100
       */
      top_k?: number;
    };
    /** @description That the process is alive. */
    Health: {
      /** @description Over the last half to one minute. */
      event_loop_delay_ms: {
        /** @description The longest. */
        max: number;
        /** @description Of a hundred, only one is longer. */
        p99: number;
      };
      /** @description Memory of the process. */
      rss_bytes: number;
      /**
       * @description Always.
       * @enum {string}
       */
      status: 'ok';
      /** @description Seconds since the process started. */
      uptime_s: number;
    };
    /** @description A photo that is parsed, or was. */
    Job: {
      /** @description Attempts started. */
      attempts: number;
      /**
       * Format: date-time
       * @description When the job was queued.
       */
      created_at: string;
      error?: components['schemas']['JobError'];
      /**
       * Format: date-time
       * @description When the job ended; null until then.
       */
      finished_at: string | null;
      /**
       * @description The job’s id.
       * @example job_9f86d081884c7d659a2feaa0c55ad015
       */
      id: string;
      /** @description The photo. */
      input: {
        /** @description Where the photo is, unless it came from a URL. */
        key?: string;
        /** @description What the photo is called in `masks.json`: as it was sent, or the last part of its key or URL. */
        name: string | null;
        /** @description Where the photo came from, without anything after the path. It is not kept. */
        url?: string;
      };
      links: components['schemas']['JobLinks'];
      metadata: components['schemas']['Metadata'];
      /** @description The model that parses the photo, as in `GET /v1/models`. */
      model: string;
      options: components['schemas']['EffectiveOptions'];
      /** @description Where the results go. */
      output: {
        /** @description What the keys of all files begin with. */
        prefix: string;
      };
      progress: components['schemas']['JobProgress'];
      /** @description Only while the job waits, and not in lists. */
      queue?: {
        /** @description Estimated from recent photos; null if unknown, for example while no worker is running. */
        estimated_wait_s: number | null;
        /** @description 1 = the next to be processed. */
        position: number;
      };
      result?: components['schemas']['JobResult'];
      /**
       * Format: date-time
       * @description Start of the latest attempt.
       */
      started_at: string | null;
      status: components['schemas']['JobStatus'];
      webhook?: components['schemas']['JobWebhook'];
    };
    /** @description Only if `status` is `failed` or `canceled`. */
    JobError: {
      /**
       * @description Stable: program against this.
       * @enum {string}
       */
      code:
        | 'invalid_request'
        | 'image_unreadable'
        | 'image_too_large'
        | 'unsupported_format'
        | 'input_not_found'
        | 'input_denied'
        | 'input_unavailable'
        | 'output_denied'
        | 'model_unavailable'
        | 'storage_unavailable'
        | 'timeout'
        | 'canceled'
        | 'internal'
        | 'malformed_request'
        | 'unsupported_media_type'
        | 'payload_too_large'
        | 'not_found'
        | 'expired'
        | 'method_not_allowed'
        | 'not_acceptable'
        | 'unauthorized'
        | 'forbidden'
        | 'conflict'
        | 'idempotency_mismatch'
        | 'rate_limited'
        | 'overloaded'
        | 'queue_unavailable';
      /** @description What happened, in a sentence. */
      message: string;
    };
    /**
     * @description One event of the stream.
     * @example {
     *       "event": "progress",
     *       "id": "1040",
     *       "data": "{\"id\":\"job_9f86d081884c7d659a2feaa0c55ad015\",\"status\":\"processing\",\"progress\":{\"percent\":40,\"stage\":\"network\"}}"
     *     }
     */
    JobEvent: {
      /** @description The job as JSON. */
      data: string;
      /**
       * @description What changed; `done` is the last.
       * @enum {string}
       */
      event: 'state' | 'progress' | 'done';
      /** @description For `Last-Event-ID`; grows as the job proceeds. */
      id: string;
    };
    /**
     * @description Where things are on this server, as paths. They need the same key as the job.
     * @example {
     *       "self": "/v1/jobs/job_9f86d081884c7d659a2feaa0c55ad015",
     *       "events": "/v1/jobs/job_9f86d081884c7d659a2feaa0c55ad015/events",
     *       "photo": "/v1/jobs/job_9f86d081884c7d659a2feaa0c55ad015/photo",
     *       "page": "/jobs/job_9f86d081884c7d659a2feaa0c55ad015",
     *       "files": {
     *         "masks": "/v1/jobs/job_9f86d081884c7d659a2feaa0c55ad015/files/masks"
     *       }
     *     }
     */
    JobLinks: {
      /** @description `POST`. Only until the job has ended. */
      cancel?: string;
      /** @description `GET`: what happens to the job, as it happens. */
      events: string;
      /** @description `GET`: each file of a job that succeeded, by its output, `people/1` for a person’s. Not in lists. */
      files?: {
        [key: string]: string;
      };
      /** @description The job in a browser. */
      page: string;
      /** @description `GET`: the photo, as long as it is in the bucket. One that came from a URL is not kept. */
      photo?: string;
      /** @description `GET`: the job as it is then. */
      self: string;
    };
    /** @description A page of jobs. */
    JobList: {
      /** @description Newest first. */
      jobs: components['schemas']['JobSummary'][];
      /**
       * @description Null if there are no more.
       * @example mibd7k00-job_9f86d081884c7d659a2feaa0c55ad015
       */
      next_cursor: string | null;
    };
    /** @description How far the photo is. */
    JobProgress: {
      /** @description Heads that are done, if the model looks at one after another. */
      done?: number;
      /** @description Within a stage an estimate, by the photos before; never falls. */
      percent: number;
      stage: components['schemas']['JobStage'] | null;
      /** @description Of how many. */
      total?: number;
    };
    /** @description Only if `status` is `succeeded`. */
    JobResult: {
      /** @description The files that were made. */
      files: components['schemas']['ResultFile'][];
      /** @description The photo’s size. */
      image: {
        /** @description Px, upright. */
        height: number;
        /** @description Px, upright. */
        width: number;
      };
      /** @description The classes on the colormap. */
      labels: {
        /** @description The class’s id: the pixel value in `colormap.png`. */
        id: number;
        /** @description The class’s name, as in `GET /v1/models`. */
        name: string;
        /** @description Pixels of this class on the colormap. */
        pixels: number;
      }[];
      /** @description The model that parsed the photo. */
      model: {
        /** @description Of network. */
        kind: string;
        /** @description Its name in `GET /v1/models`. */
        name: string;
        /** @description Whether its weights are random: then its results mean nothing. */
        synthetic: boolean;
        /** @description Of its bundle. */
        version: string;
      };
      /** @description People found. */
      people: number;
      /** @description The size that the network saw / the photo’s; 1 if it was used as it is. */
      scale: number;
      /** @description Milliseconds per stage. */
      timings: {
        [key: string]: number;
      };
      /**
       * Format: date-time
       * @description When the files’ URLs end. A later answer has new ones.
       */
      urls_expire_at: string;
    };
    /**
     * @description The last completed stage: `fetched` (the photo is there), `decoded` or, by models that look for heads, `detected` (`total` says how many, `done` how many of them are parsed), `segmented`, `rendered`, `parsed` (the files are made), `stored`.
     * @enum {string}
     */
    JobStage: 'fetched' | 'decoded' | 'detected' | 'segmented' | 'rendered' | 'parsed' | 'stored';
    /**
     * @description The last three are final.
     * @enum {string}
     */
    JobStatus: 'queued' | 'processing' | 'succeeded' | 'failed' | 'canceled';
    /** @description A job without its result and its place in the queue. */
    JobSummary: {
      /** @description Attempts started. */
      attempts: number;
      /**
       * Format: date-time
       * @description When the job was queued.
       */
      created_at: string;
      error?: components['schemas']['JobError'];
      /**
       * Format: date-time
       * @description When the job ended; null until then.
       */
      finished_at: string | null;
      /**
       * @description The job’s id.
       * @example job_9f86d081884c7d659a2feaa0c55ad015
       */
      id: string;
      /** @description The photo. */
      input: {
        /** @description Where the photo is, unless it came from a URL. */
        key?: string;
        /** @description What the photo is called in `masks.json`: as it was sent, or the last part of its key or URL. */
        name: string | null;
        /** @description Where the photo came from, without anything after the path. It is not kept. */
        url?: string;
      };
      links: components['schemas']['JobLinks'];
      metadata: components['schemas']['Metadata'];
      /** @description The model that parses the photo, as in `GET /v1/models`. */
      model: string;
      options: components['schemas']['EffectiveOptions'];
      /** @description Where the results go. */
      output: {
        /** @description What the keys of all files begin with. */
        prefix: string;
      };
      progress: components['schemas']['JobProgress'];
      /**
       * Format: date-time
       * @description Start of the latest attempt.
       */
      started_at: string | null;
      status: components['schemas']['JobStatus'];
      webhook?: components['schemas']['JobWebhook'];
    };
    /**
     * @description Called when the job ends.
     * @example {
     *       "url": "https://example.com/hooks/parsed",
     *       "events": [
     *         "job.succeeded",
     *         "job.failed"
     *       ]
     *     }
     */
    JobWebhook: {
      /**
       * @description The events to send; by default all of them.
       * @default [
       *       "job.succeeded",
       *       "job.failed",
       *       "job.canceled"
       *     ]
       */
      events?: ('job.succeeded' | 'job.failed' | 'job.canceled')[];
      /**
       * Format: uri
       * @description Where to POST. Public addresses only; redirects are not followed.
       */
      url: string;
    };
    /**
     * @description Anything of yours that comes back with the job: at most 32 entries, names of up to 64 and values of up to 512 characters, 4096 bytes in all.
     * @example {
     *       "customer": "4711"
     *     }
     */
    Metadata: {
      [key: string]: string;
    };
    /** @description A model that a request can name. */
    Model: {
      /** @description What requests get that name none. */
      is_default: boolean;
      /** @description Of network. Null, like all that follows, until one of its workers has told it. */
      kind: string | null;
      /** @description Its classes. */
      labels: components['schemas']['ModelLabel'][];
      /**
       * Format: date-time
       * @description When a worker or the service last spoke of it.
       */
      last_seen_at: string | null;
      /** @description Of its weights, as its bundle says. */
      license: string | null;
      /** @description What `model` of a request says. */
      name: string;
      /** @description Whether its license rules out commercial use. */
      non_commercial: boolean | null;
      /** @description What it parses. */
      summary: string | null;
      /** @description Whether its weights are random: then its results mean nothing. */
      synthetic: boolean | null;
      /** @description Of its bundle. */
      version: string | null;
      /** @description That are connected now; jobs wait for them. Null if unknown. */
      workers: number | null;
    };
    /** @description A class of the model. */
    ModelLabel: {
      /** @description On the colormap, as `#rrggbb`. */
      color: string;
      /** @description The pixel value in label maps, and the `category_id` in masks. */
      id: number;
      /** @description As in masks and in the option `parts`. */
      name: string;
      /**
       * @description `background` is no part; `person` is a whole person, who is not painted.
       * @enum {string}
       */
      role: 'background' | 'part' | 'person';
      /** @description The same for people to read. */
      title: string;
    };
    /** @description The models that there are. */
    ModelList: {
      /** @description The default first, then by name. */
      models: components['schemas']['Model'][];
    };
    /**
     * @description A photo as a file, and how it is parsed.
     * @example {
     *       "image": "(the photo’s bytes)",
     *       "output": "masks",
     *       "options": {
     *         "short_side": 720
     *       }
     *     }
     */
    ParseForm: {
      /**
       * Format: binary
       * @description The photo: JPEG, PNG, WebP or AVIF. The part needs a file name.
       */
      image: string;
      /**
       * @description The model, by its name in `GET /v1/models`. Default: the service’s own.
       * @example portrait
       */
      model?: string;
      options?: components['schemas']['ParseRequestOptions'];
      /**
       * @description Which file is made and answered with. Default: by `Accept`.
       * @example cutout
       * @enum {string}
       */
      output?:
        'masks' | 'colormap' | 'instances' | 'overlay' | 'cutout' | 'people' | 'parse-lip' | 'parse-atr' | 'agnostic';
    };
    /**
     * @description How the photo is parsed and which files are made. Omitted fields have their defaults.
     * @example {
     *       "short_side": 540,
     *       "outputs": [
     *         "masks",
     *         "colormap",
     *         "overlay"
     *       ]
     *     }
     */
    ParseOptions: {
      /**
       * @description The cutout has the size of what was cut out, not the photo’s.
       * @default false
       */
      crop?: boolean;
      /**
       * @description What the agnostic mask covers.
       * @default upper
       * @enum {string}
       */
      garment?: 'upper' | 'lower' | 'dresses';
      /**
       * @description The long side, px, never exceeds this; it wins over `short_side`.
       * @default 1333
       */
      max_side?: number;
      /**
       * @description The files to make.
       * @default [
       *       "masks",
       *       "colormap",
       *       "instances"
       *     ]
       */
      outputs?: (
        'masks' | 'colormap' | 'instances' | 'overlay' | 'cutout' | 'people' | 'parse-lip' | 'parse-atr' | 'agnostic'
      )[];
      /**
       * @description Colors of the colormap; `model` is the model's own.
       * @default model
       * @enum {string}
       */
      palette?: 'model' | 'cihp' | 'voc';
      /**
       * @description Only these classes, by name, are in the results; none = all.
       * @default []
       */
      parts?: string[];
      /**
       * @description Only these people, by `person_id`, are in the results; none = all.
       * @default []
       */
      person?: number[];
      /**
       * @description Segmentations in `masks.json` are polygons instead of RLE: they have no holes.
       * @default false
       */
      polygons?: boolean;
      /**
       * @description Scores are rounded to this step before painting, so that ties go to the smaller mask; 0 = exact.
       * @default 0.05
       */
      score_step?: number;
      /**
       * @description Masks whose score is not above this are dropped.
       * @default 0
       */
      score_threshold?: number;
      /**
       * @description Short side, px, that the photo is resized to for the network (models that resize the whole photo).
       * @default 540
       */
      short_side?: number;
      /**
       * @description Consider at most this many of the likeliest (query, class) pairs (models for many people).
       * @default 100
       */
      top_k?: number;
    };
    /** @description A photo that is in the bucket or at a URL, and how it is parsed. */
    ParseRequest: {
      /**
       * @description The photo.
       * @example {
       *       "key": "inputs/photo.jpg"
       *     }
       */
      input: {
        /** @description Key of a photo in the bucket, under one of the allowed input prefixes; at most 1024 bytes in UTF-8. */
        key?: string;
        /**
         * Format: uri
         * @description Instead of a key: where a worker gets the photo, such as a presigned URL of another cloud. Public addresses only. Whatever follows its path is not shown again, and forgotten once the job has ended.
         */
        url?: string;
      };
      /**
       * @description The model, by its name in `GET /v1/models`. Default: the service’s own.
       * @example portrait
       */
      model?: string;
      options?: components['schemas']['ParseRequestOptions'];
      /**
       * @description Which file is made and answered with. Default: by `Accept`.
       * @example cutout
       * @enum {string}
       */
      output?:
        'masks' | 'colormap' | 'instances' | 'overlay' | 'cutout' | 'people' | 'parse-lip' | 'parse-atr' | 'agnostic';
    };
    /**
     * @description How the photo is parsed.
     * @example {
     *       "short_side": 720
     *     }
     */
    ParseRequestOptions: {
      /**
       * @description The cutout has the size of what was cut out, not the photo’s.
       * @example false
       */
      crop?: boolean;
      /**
       * @description What the agnostic mask covers.
       * @example upper
       * @enum {string}
       */
      garment?: 'upper' | 'lower' | 'dresses';
      /**
       * @description The long side, px, never exceeds this; it wins over `short_side`.
       * @example 1333
       */
      max_side?: number;
      /**
       * @description Colors of the colormap; `model` is the model's own.
       * @example model
       * @enum {string}
       */
      palette?: 'model' | 'cihp' | 'voc';
      /**
       * @description Only these classes, by name, are in the results; none = all.
       * @example []
       */
      parts?: string[];
      /**
       * @description Only these people, by `person_id`, are in the results; none = all.
       * @example []
       */
      person?: number[];
      /**
       * @description Segmentations in `masks.json` are polygons instead of RLE: they have no holes.
       * @example false
       */
      polygons?: boolean;
      /**
       * @description Scores are rounded to this step before painting, so that ties go to the smaller mask; 0 = exact.
       * @example 0.05
       */
      score_step?: number;
      /**
       * @description Masks whose score is not above this are dropped.
       * @example 0
       */
      score_threshold?: number;
      /**
       * @description Short side, px, that the photo is resized to for the network (models that resize the whole photo).
       * @example 540
       */
      short_side?: number;
      /**
       * @description Consider at most this many of the likeliest (query, class) pairs (models for many people).
       * @example 100
       */
      top_k?: number;
    };
    /** @description What was found in the photo. */
    ParseResult: {
      /** @description The classes and their ids. */
      categories: {
        /** @description As in `labels`. */
        id: number;
        /** @description As in `GET /v1/models`. */
        name: string;
      }[];
      /**
       * @description The job behind it; its files are kept for a while.
       * @example job_9f86d081884c7d659a2feaa0c55ad015
       */
      id: string;
      /** @description The photo’s size. */
      image: {
        /** @description Px, upright. */
        height: number;
        /** @description Px, upright. */
        width: number;
      };
      /** @description Class ids. */
      labels: number[];
      /** @description One mask per entry; `labels`, `scores` and `persons` have the same length and order. */
      masks: (components['schemas']['Rle'] | components['schemas']['Polygons'])[];
      /** @description The model that parsed the photo. */
      model: {
        /** @description Of network. */
        kind: string;
        /** @description Its name in `GET /v1/models`. */
        name: string;
        /** @description Whether its weights are random: then its results mean nothing. */
        synthetic: boolean;
        /** @description Of its bundle. */
        version: string;
      };
      /** @description People found. */
      people: number;
      /** @description Which person the mask belongs to; 0 = none. */
      persons: number[];
      /** @description The size that the network saw / the photo’s; 1 if it was used as it is. */
      scale: number;
      /** @description How sure the model is. */
      scores: number[];
      /** @description Milliseconds per stage. */
      timings: {
        [key: string]: number;
      };
    };
    /** @description With the option `polygons`: each x, y, x, y … px. */
    Polygons: number[][];
    /** @description RFC 9457. */
    Problem: {
      /**
       * @description Stable: program against this.
       * @enum {string}
       */
      code:
        | 'invalid_request'
        | 'image_unreadable'
        | 'image_too_large'
        | 'unsupported_format'
        | 'input_not_found'
        | 'input_denied'
        | 'input_unavailable'
        | 'output_denied'
        | 'model_unavailable'
        | 'storage_unavailable'
        | 'timeout'
        | 'canceled'
        | 'internal'
        | 'malformed_request'
        | 'unsupported_media_type'
        | 'payload_too_large'
        | 'not_found'
        | 'expired'
        | 'method_not_allowed'
        | 'not_acceptable'
        | 'unauthorized'
        | 'forbidden'
        | 'conflict'
        | 'idempotency_mismatch'
        | 'rate_limited'
        | 'overloaded'
        | 'queue_unavailable';
      /** @description What happened this time, in one sentence. */
      detail: string;
      /** @description The rejected fields (`invalid_request`). */
      errors?: {
        /** @description What is wrong there, and often what is right. */
        message: string;
        /** @description JSON pointer (RFC 6901). */
        pointer: string;
      }[];
      /** @description The request’s id, as in `X-Request-Id`. */
      instance: string;
      /** @description The job that this is about, which can be read later. With `queue_unavailable` on a create, it may have been queued anyway. On `POST /parse`, the job that failed or, with `timeout`, that is still running. */
      job_id?: string;
      /** @description As in the answer’s first line. */
      status: number;
      /** @description What the code means, in a few words. */
      title: string;
      /** @description `urn:m2fp:problem:` and the code. */
      type: string;
    };
    /** @description Whether requests can be served. */
    Readiness: {
      /** @description What requests need. */
      checks: {
        /**
         * @description Redis.
         * @enum {string}
         */
        queue: 'up' | 'down';
        /**
         * @description S3.
         * @enum {string}
         */
        storage: 'up' | 'down';
      };
      /** @description Why a check is down, as far as that is known. */
      reasons: {
        /**
         * @description What Redis answered, or did not.
         * @enum {string}
         */
        queue?:
          | 'READONLY'
          | 'LOADING'
          | 'MASTERDOWN'
          | 'CLUSTERDOWN'
          | 'NOREPLICAS'
          | 'MISCONF'
          | 'OOM'
          | 'CROSSSLOT'
          | 'MOVED'
          | 'NOAUTH'
          | 'WRONGPASS'
          | 'NOPERM'
          | 'certificate'
          | 'unreachable'
          | 'other'
          | 'timeout';
        /**
         * @description What S3 answered, or did not.
         * @enum {string}
         */
        storage?:
          | 'slow_down'
          | 'failing'
          | 'timeout'
          | 'unreachable'
          | 'clock_skew'
          | 'wrong_region'
          | 'no_such_bucket'
          | 'no_credentials'
          | 'expired_credentials'
          | 'wrong_credentials'
          | 'access_denied'
          | 'encryption_key'
          | 'storage_full'
          | 'refused';
      };
      /**
       * @description `ready`: send requests.
       * @enum {string}
       */
      status: 'ready' | 'unavailable' | 'stopping';
      /** @description Workers of all models that are connected; null if unknown. */
      workers: number | null;
    };
    /** @description A file of the result, in the bucket. */
    ResultFile: {
      /** @description Its size. */
      bytes: number;
      /** @description Its media type. */
      content_type: string;
      /** @description Where it is in the bucket. */
      key: string;
      /**
       * @description Which of the outputs.
       * @enum {string}
       */
      output:
        'masks' | 'colormap' | 'instances' | 'overlay' | 'cutout' | 'people' | 'parse-lip' | 'parse-atr' | 'agnostic';
      /** @description Whose file it is, if the output has one for each person. */
      person?: number;
      /**
       * Format: uri
       * @description Presigned GET; valid until `urls_expire_at`.
       */
      url: string;
    };
    /** @description A mask as COCO has it. */
    Rle: {
      /** @description Compressed run lengths, as pycocotools writes them. */
      counts: string;
      /** @description Height, width. */
      size: [number, number];
    };
    /**
     * @description Where to send a photo.
     * @example {
     *       "key": "uploads/shop/3b1f0c5d9a7e48b2a6d4c8e0f1a2b3c4/cat.jpg",
     *       "method": "PUT",
     *       "url": "https://bucket.s3.example/uploads/shop/3b1f0c5d9a7e48b2a6d4c8e0f1a2b3c4/cat.jpg?X-Amz-Signature=abc",
     *       "headers": {
     *         "content-type": "image/jpeg",
     *         "content-length": "482133"
     *       },
     *       "expires_at": "2026-11-23T09:30:00.000Z",
     *       "max_bytes": 26214400
     *     }
     */
    Upload: {
      /**
       * Format: date-time
       * @description When the URL ends.
       */
      expires_at: string;
      /** @description Send exactly these headers; they are signed. HTTP clients send `content-length` by themselves. */
      headers: {
        [key: string]: string;
      };
      /** @description Use it as `input.key` of a job once the photo is uploaded. */
      key: string;
      /** @description Jobs for larger photos are refused. */
      max_bytes: number;
      /**
       * @description How to send the photo.
       * @enum {string}
       */
      method: 'PUT';
      /**
       * Format: uri
       * @description Presigned; send the photo’s bytes as the body.
       */
      url: string;
    };
    /** @description A message to a webhook, with its attempts. */
    WebhookDelivery: {
      /** @description Oldest first; the latest 50. */
      attempts: components['schemas']['DeliveryAttempt'][];
      /**
       * Format: date-time
       * @description When the event happened.
       */
      created_at: string;
      /**
       * @description What happened.
       * @enum {string}
       */
      event: 'job.succeeded' | 'job.failed' | 'job.canceled' | 'batch.finished' | 'batch.failed' | 'batch.canceled';
      /**
       * Format: date-time
       * @description When it was delivered or given up; null until then.
       */
      finished_at: string | null;
      /**
       * @description The delivery’s id, which is its `webhook-id`.
       * @example msg_4355a46b19d348dc2f57c046f8ef63d4
       */
      id: string;
      /**
       * Format: date-time
       * @description Null if there is none.
       */
      next_attempt_at: string | null;
      /**
       * @description `failed`: given up after the last attempt or a 410, or its API key was revoked.
       * @enum {string}
       */
      status: 'pending' | 'delivered' | 'failed';
      /**
       * @description The job or batch that it reports on.
       * @example job_9f86d081884c7d659a2feaa0c55ad015
       */
      subject: string;
      /** @description The receiver. */
      url: string;
    };
    /** @description A page of deliveries. */
    WebhookDeliveryList: {
      /** @description Newest first. */
      deliveries: components['schemas']['WebhookDelivery'][];
      /**
       * @description The delivery’s id, which is its `webhook-id`.
       * @example msg_4355a46b19d348dc2f57c046f8ef63d4
       */
      next_cursor: string | null;
    };
    /** @description What messages to webhooks are signed with. */
    WebhookSecret: {
      /**
       * Format: date-time
       * @description Since when it signs.
       */
      created_at: string;
      /**
       * Format: date-time
       * @description Null for the current secret; an older one signs until then.
       */
      expires_at: string | null;
      /** @description Names the secret. */
      id: string;
      /** @description `whsec_…`: give it to your Standard Webhooks library. */
      secret: string;
    };
    /** @description The secrets that sign now. */
    WebhookSecretList: {
      /** @description Newest first. */
      secrets: components['schemas']['WebhookSecret'][];
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  getHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The process is alive. */
      200: {
        headers: {
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "ok",
           *       "uptime_s": 71,
           *       "rss_bytes": 104857600,
           *       "event_loop_delay_ms": {
           *         "max": 4.2,
           *         "p99": 1.1
           *       }
           *     }
           */
          'application/json': components['schemas']['Health'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getMetrics: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Prometheus’s text format. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'text/plain; version=0.0.4; charset=utf-8': string;
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  parsePutPhoto: {
    parameters: {
      query?: {
        /** @description The cutout has the size of what was cut out, not the photo’s. */
        crop?: boolean;
        /** @description What the agnostic mask covers. */
        garment?: 'upper' | 'lower' | 'dresses';
        /** @description The long side, px, never exceeds this; it wins over `short_side`. */
        max_side?: number;
        /** @description The model, by its name in `GET /v1/models`. Default: the service’s own. */
        model?: string;
        /** @description Which file is made and answered with. Default: by `Accept`. */
        output?:
          'masks' | 'colormap' | 'instances' | 'overlay' | 'cutout' | 'people' | 'parse-lip' | 'parse-atr' | 'agnostic';
        /** @description Colors of the colormap; `model` is the model's own. */
        palette?: 'model' | 'cihp' | 'voc';
        /** @description Only these classes, by name, are in the results; none = all. */
        parts?: string[];
        /** @description Only these people, by `person_id`, are in the results; none = all. */
        person?: number[];
        /** @description Segmentations in `masks.json` are polygons instead of RLE: they have no holes. */
        polygons?: boolean;
        /** @description Scores are rounded to this step before painting, so that ties go to the smaller mask; 0 = exact. */
        score_step?: number;
        /** @description Masks whose score is not above this are dropped. */
        score_threshold?: number;
        /** @description Short side, px, that the photo is resized to for the network (models that resize the whole photo). */
        short_side?: number;
        /** @description Consider at most this many of the likeliest (query, class) pairs (models for many people). */
        top_k?: number;
      };
      header?: {
        /** @description What the photo is called in `masks.json`, if it is the body itself. */
        'content-disposition'?: string;
        /** @description Anything unique, such as the UUID `5f0c8e3a-4b1d-4c2e-9f6a-7d8e9c0b1a2f`. Within 24 hours, the same key and payload return the first answer again and nothing is created twice; a different payload is refused. */
        'idempotency-key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/octet-stream': string;
      };
    };
    responses: {
      /** @description The result, in the accepted type. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The job behind it. */
          'X-Job-Id': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": "job_9f86d081884c7d659a2feaa0c55ad015",
           *       "model": {
           *         "name": "portrait",
           *         "kind": "portrait",
           *         "version": "1",
           *         "synthetic": false
           *       },
           *       "image": {
           *         "width": 3,
           *         "height": 2
           *       },
           *       "scale": 1,
           *       "people": 1,
           *       "masks": [
           *         {
           *           "size": [
           *             2,
           *             3
           *           ],
           *           "counts": "122O"
           *         }
           *       ],
           *       "labels": [
           *         17
           *       ],
           *       "scores": [
           *         0.93
           *       ],
           *       "persons": [
           *         1
           *       ],
           *       "categories": [
           *         {
           *           "id": 0,
           *           "name": "background"
           *         },
           *         {
           *           "id": 17,
           *           "name": "hair"
           *         }
           *       ],
           *       "timings": {
           *         "fetch": 4,
           *         "decode": 21,
           *         "network": 640,
           *         "store": 6
           *       }
           *     }
           */
          'application/json': components['schemas']['ParseResult'];
          'image/jpeg': string;
          'image/png': string;
        };
      };
      /** @description `malformed_request`: The request body cannot be read. */
      400: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `input_denied`: The photo may not be read from there. `output_denied`: The output prefix is not allowed. `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: Not found. `expired`: No longer kept. `input_not_found`: There is no photo at that key or URL. */
      404: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_acceptable`: None of the accepted types is available. */
      406: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `canceled`: The job was canceled. */
      409: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The request body is too large. `image_too_large`: The image is too large. */
      413: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The content type is not supported. `unsupported_format`: The image format is not supported. */
      415: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. `idempotency_mismatch`: The idempotency key was used with a different payload. `image_unreadable`: The image cannot be read. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `input_unavailable`: The photo could not be fetched from its URL. */
      424: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `overloaded`: Too much work is waiting. `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. `model_unavailable`: The model is not available. `storage_unavailable`: The object storage is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `timeout`: It took too long. */
      504: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  parsePhoto: {
    parameters: {
      query?: {
        /** @description The cutout has the size of what was cut out, not the photo’s. */
        crop?: boolean;
        /** @description What the agnostic mask covers. */
        garment?: 'upper' | 'lower' | 'dresses';
        /** @description The long side, px, never exceeds this; it wins over `short_side`. */
        max_side?: number;
        /** @description The model, by its name in `GET /v1/models`. Default: the service’s own. */
        model?: string;
        /** @description Which file is made and answered with. Default: by `Accept`. */
        output?:
          'masks' | 'colormap' | 'instances' | 'overlay' | 'cutout' | 'people' | 'parse-lip' | 'parse-atr' | 'agnostic';
        /** @description Colors of the colormap; `model` is the model's own. */
        palette?: 'model' | 'cihp' | 'voc';
        /** @description Only these classes, by name, are in the results; none = all. */
        parts?: string[];
        /** @description Only these people, by `person_id`, are in the results; none = all. */
        person?: number[];
        /** @description Segmentations in `masks.json` are polygons instead of RLE: they have no holes. */
        polygons?: boolean;
        /** @description Scores are rounded to this step before painting, so that ties go to the smaller mask; 0 = exact. */
        score_step?: number;
        /** @description Masks whose score is not above this are dropped. */
        score_threshold?: number;
        /** @description Short side, px, that the photo is resized to for the network (models that resize the whole photo). */
        short_side?: number;
        /** @description Consider at most this many of the likeliest (query, class) pairs (models for many people). */
        top_k?: number;
      };
      header?: {
        /** @description What the photo is called in `masks.json`, if it is the body itself. */
        'content-disposition'?: string;
        /** @description Anything unique, such as the UUID `5f0c8e3a-4b1d-4c2e-9f6a-7d8e9c0b1a2f`. Within 24 hours, the same key and payload return the first answer again and nothing is created twice; a different payload is refused. */
        'idempotency-key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "input": {
         *         "key": "inputs/photo.jpg"
         *       }
         *     }
         */
        'application/json': components['schemas']['ParseRequest'];
        'application/octet-stream': string;
        'multipart/form-data': components['schemas']['ParseForm'];
      };
    };
    responses: {
      /** @description The result, in the accepted type. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The job behind it. */
          'X-Job-Id': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "id": "job_9f86d081884c7d659a2feaa0c55ad015",
           *       "model": {
           *         "name": "portrait",
           *         "kind": "portrait",
           *         "version": "1",
           *         "synthetic": false
           *       },
           *       "image": {
           *         "width": 3,
           *         "height": 2
           *       },
           *       "scale": 1,
           *       "people": 1,
           *       "masks": [
           *         {
           *           "size": [
           *             2,
           *             3
           *           ],
           *           "counts": "122O"
           *         }
           *       ],
           *       "labels": [
           *         17
           *       ],
           *       "scores": [
           *         0.93
           *       ],
           *       "persons": [
           *         1
           *       ],
           *       "categories": [
           *         {
           *           "id": 0,
           *           "name": "background"
           *         },
           *         {
           *           "id": 17,
           *           "name": "hair"
           *         }
           *       ],
           *       "timings": {
           *         "fetch": 4,
           *         "decode": 21,
           *         "network": 640,
           *         "store": 6
           *       }
           *     }
           */
          'application/json': components['schemas']['ParseResult'];
          'image/jpeg': string;
          'image/png': string;
        };
      };
      /** @description `malformed_request`: The request body cannot be read. */
      400: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `input_denied`: The photo may not be read from there. `output_denied`: The output prefix is not allowed. `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: Not found. `expired`: No longer kept. `input_not_found`: There is no photo at that key or URL. */
      404: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_acceptable`: None of the accepted types is available. */
      406: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `canceled`: The job was canceled. */
      409: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The request body is too large. `image_too_large`: The image is too large. */
      413: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The content type is not supported. `unsupported_format`: The image format is not supported. */
      415: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. `idempotency_mismatch`: The idempotency key was used with a different payload. `image_unreadable`: The image cannot be read. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `input_unavailable`: The photo could not be fetched from its URL. */
      424: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `overloaded`: Too much work is waiting. `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. `model_unavailable`: The model is not available. `storage_unavailable`: The object storage is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `timeout`: It took too long. */
      504: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getReadiness: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Requests can be served. */
      200: {
        headers: {
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "ready",
           *       "checks": {
           *         "queue": "up",
           *         "storage": "up"
           *       },
           *       "reasons": {},
           *       "workers": 2
           *     }
           */
          'application/json': components['schemas']['Readiness'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Redis or S3 does not answer, or this process is stopping. */
      503: {
        headers: {
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "unavailable",
           *       "checks": {
           *         "queue": "down",
           *         "storage": "up"
           *       },
           *       "reasons": {
           *         "queue": "READONLY"
           *       },
           *       "workers": null
           *     }
           */
          'application/json': components['schemas']['Readiness'];
        };
      };
    };
  };
  listBatches: {
    parameters: {
      query?: {
        /** @description `next_cursor` of the previous page. */
        cursor?: string;
        /** @description Entries per page, at most 100. */
        limit?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page of batches. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BatchList'];
        };
      };
      /** @description `malformed_request`: The request body cannot be read. */
      400: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. `storage_unavailable`: The object storage is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  createBatch: {
    parameters: {
      query?: never;
      header?: {
        /** @description Anything unique, such as the UUID `5f0c8e3a-4b1d-4c2e-9f6a-7d8e9c0b1a2f`. Within 24 hours, the same key and payload return the first answer again and nothing is created twice; a different payload is refused. */
        'idempotency-key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateBatch'];
      };
    };
    responses: {
      /** @description The batch is queued. */
      202: {
        headers: {
          /** @description Where to read the batch: `/v1/batches/{id}`. */
          Location: string;
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Batch'];
        };
      };
      /** @description `malformed_request`: The request body cannot be read. */
      400: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `input_denied`: The photo may not be read from there. `output_denied`: The output prefix is not allowed. `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The request body is too large. */
      413: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The content type is not supported. */
      415: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. `idempotency_mismatch`: The idempotency key was used with a different payload. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `overloaded`: Too much work is waiting. `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. `storage_unavailable`: The object storage is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getBatch: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The batch’s id. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The batch. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Batch'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: Not found. */
      404: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. `storage_unavailable`: The object storage is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  cancelBatch: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The batch’s id. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The batch; `canceling` until the last of its photos has stopped. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Batch'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: Not found. */
      404: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. `storage_unavailable`: The object storage is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listJobs: {
    parameters: {
      query?: {
        /** @description `next_cursor` of the previous page. */
        cursor?: string;
        /** @description Entries per page, at most 100. */
        limit?: number;
        /** @description Only jobs with this status. */
        status?: 'queued' | 'processing' | 'succeeded' | 'failed' | 'canceled';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page of jobs. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['JobList'];
        };
      };
      /** @description `malformed_request`: The request body cannot be read. */
      400: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  createJob: {
    parameters: {
      query?: never;
      header?: {
        /** @description Anything unique, such as the UUID `5f0c8e3a-4b1d-4c2e-9f6a-7d8e9c0b1a2f`. Within 24 hours, the same key and payload return the first answer again and nothing is created twice; a different payload is refused. */
        'idempotency-key'?: string;
        /** @description `wait=N` (RFC 7240): answer when the job has ended, or after N seconds at the latest. */
        prefer?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateJob'];
        'multipart/form-data': components['schemas']['CreateJobForm'];
      };
    };
    responses: {
      /** @description With `Prefer: wait=N`: the job has ended, successfully or not. */
      200: {
        headers: {
          /** @description Where to read the job: `/v1/jobs/{id}`. */
          Location: string;
          /** @description The wait that was applied. */
          'Preference-Applied': string;
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Job'];
        };
      };
      /** @description The job is queued; with `Prefer: wait=N`, it did not end within that time. */
      202: {
        headers: {
          /** @description Where to read the job: `/v1/jobs/{id}`. */
          Location: string;
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Job'];
        };
      };
      /** @description `malformed_request`: The request body cannot be read. */
      400: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `input_denied`: The photo may not be read from there. `output_denied`: The output prefix is not allowed. `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `input_not_found`: There is no photo at that key or URL. */
      404: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `image_too_large`: The image is too large. `payload_too_large`: The request body is too large. */
      413: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_format`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
      415: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. `image_unreadable`: The image cannot be read. `idempotency_mismatch`: The idempotency key was used with a different payload. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `overloaded`: Too much work is waiting. `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. `storage_unavailable`: The object storage is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `timeout`: It took too long. */
      504: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getJob: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The job’s id. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The job. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Job'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: Not found. `expired`: No longer kept. */
      404: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. `storage_unavailable`: The object storage is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  cancelJob: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The job’s id. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The job, which has ended: `canceled`, unless it had ended before. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Job'];
        };
      };
      /** @description Its worker was notified but has not stopped it yet. */
      202: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Job'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: Not found. `expired`: No longer kept. */
      404: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. `storage_unavailable`: The object storage is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  streamJobEvents: {
    parameters: {
      query?: never;
      header?: {
        /** @description The last event that you have; only later events are sent. */
        'last-event-id'?: string;
      };
      path: {
        /** @description The job’s id. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The stream. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': components['schemas']['JobEvent'];
        };
      };
      /** @description You have already seen the end: do not reconnect. */
      204: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: Not found. `expired`: No longer kept. */
      404: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `overloaded`: Too much work is waiting. `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. `storage_unavailable`: The object storage is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getJobFile: {
    parameters: {
      query?: never;
      header?: {
        /** @description The `ETag` of what the client has already. */
        'if-none-match'?: string;
      };
      path: {
        /** @description The job’s id. */
        id: string;
        /** @description Which of the job’s files. */
        output:
          'masks' | 'colormap' | 'instances' | 'overlay' | 'cutout' | 'people' | 'parse-lip' | 'parse-atr' | 'agnostic';
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The file. */
      200: {
        headers: {
          /** @description `private`: for whoever asked, not for proxies that others use. */
          'Cache-Control': string;
          /** @description What to save it as, after the photo’s own name. */
          'Content-Disposition': string;
          /** @description Bytes. */
          'Content-Length': number;
          /** @description Changes with the file: send it as `If-None-Match` to get 304 if it is the same. Not from every S3. */
          ETag: string;
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            [key: string]: unknown;
          };
          'application/octet-stream': string;
          'image/jpeg': string;
          'image/png': string;
        };
      };
      /** @description It is the one that the client has. */
      304: {
        headers: {
          /** @description `private`: for whoever asked, not for proxies that others use. */
          'Cache-Control': string;
          /** @description What to save it as, after the photo’s own name. */
          'Content-Disposition': string;
          /** @description Changes with the file: send it as `If-None-Match` to get 304 if it is the same. Not from every S3. */
          ETag: string;
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: Not found. `expired`: No longer kept. */
      404: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `conflict`: Conflicts with the current state. */
      409: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `overloaded`: Too much work is waiting. `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. `storage_unavailable`: The object storage is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getJobPersonFile: {
    parameters: {
      query?: never;
      header?: {
        /** @description The `ETag` of what the client has already. */
        'if-none-match'?: string;
      };
      path: {
        /** @description The job’s id. */
        id: string;
        /** @description An output with one file for each person. */
        output: 'people';
        /** @description The person’s id, as in `instances.png` and `masks.json`. */
        person: number;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The file. */
      200: {
        headers: {
          /** @description `private`: for whoever asked, not for proxies that others use. */
          'Cache-Control': string;
          /** @description What to save it as, after the photo’s own name. */
          'Content-Disposition': string;
          /** @description Bytes. */
          'Content-Length': number;
          /** @description Changes with the file: send it as `If-None-Match` to get 304 if it is the same. Not from every S3. */
          ETag: string;
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/octet-stream': string;
          'image/png': string;
        };
      };
      /** @description It is the one that the client has. */
      304: {
        headers: {
          /** @description `private`: for whoever asked, not for proxies that others use. */
          'Cache-Control': string;
          /** @description What to save it as, after the photo’s own name. */
          'Content-Disposition': string;
          /** @description Changes with the file: send it as `If-None-Match` to get 304 if it is the same. Not from every S3. */
          ETag: string;
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: Not found. `expired`: No longer kept. */
      404: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `conflict`: Conflicts with the current state. */
      409: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `overloaded`: Too much work is waiting. `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. `storage_unavailable`: The object storage is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getJobPhoto: {
    parameters: {
      query?: never;
      header?: {
        /** @description The `ETag` of what the client has already. */
        'if-none-match'?: string;
      };
      path: {
        /** @description The job’s id. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The photo. */
      200: {
        headers: {
          /** @description `private`: for whoever asked, not for proxies that others use. */
          'Cache-Control': string;
          /** @description What to save it as, after the photo’s own name. */
          'Content-Disposition': string;
          /** @description Bytes. */
          'Content-Length': number;
          /** @description Changes with the file: send it as `If-None-Match` to get 304 if it is the same. Not from every S3. */
          ETag: string;
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/octet-stream': string;
          'image/avif': string;
          'image/jpeg': string;
          'image/png': string;
          'image/webp': string;
        };
      };
      /** @description It is the one that the client has. */
      304: {
        headers: {
          /** @description `private`: for whoever asked, not for proxies that others use. */
          'Cache-Control': string;
          /** @description What to save it as, after the photo’s own name. */
          'Content-Disposition': string;
          /** @description Changes with the file: send it as `If-None-Match` to get 304 if it is the same. Not from every S3. */
          ETag: string;
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: Not found. `expired`: No longer kept. */
      404: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `image_too_large`: The image is too large. */
      413: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_format`: The image format is not supported. */
      415: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `image_unreadable`: The image cannot be read. `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `overloaded`: Too much work is waiting. `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. `storage_unavailable`: The object storage is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listModels: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The models. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "models": [
           *         {
           *           "name": "portrait",
           *           "is_default": true,
           *           "workers": 2,
           *           "kind": "portrait",
           *           "version": "1",
           *           "summary": "The heads of any number of people: hair, the parts of the face, neck and hats; no bodies.",
           *           "labels": [
           *             {
           *               "id": 0,
           *               "name": "background",
           *               "title": "background",
           *               "role": "background",
           *               "color": "#000000"
           *             },
           *             {
           *               "id": 2,
           *               "name": "l_brow",
           *               "title": "left eyebrow",
           *               "role": "part",
           *               "color": "#7e5734"
           *             }
           *           ],
           *           "license": "MIT",
           *           "non_commercial": false,
           *           "synthetic": false,
           *           "last_seen_at": "2026-11-26T09:15:00.000Z"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['ModelList'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getModelBacklog: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description A model’s name. */
        model: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The backlog. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "model": "portrait",
           *       "photos": 1214,
           *       "waiting": 210,
           *       "delayed": 0,
           *       "active": 4,
           *       "unqueued": 1000,
           *       "open_batches": 1,
           *       "oldest_waiting_s": 41.5,
           *       "workers": 4
           *     }
           */
          'application/json': components['schemas']['Backlog'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: Not found. */
      404: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  createUpload: {
    parameters: {
      query?: never;
      header?: {
        /** @description Anything unique, such as the UUID `5f0c8e3a-4b1d-4c2e-9f6a-7d8e9c0b1a2f`. Within 24 hours, the same key and payload return the first answer again and nothing is created twice; a different payload is refused. */
        'idempotency-key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateUpload'];
      };
    };
    responses: {
      /** @description The URL, valid until `expires_at`. */
      201: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Upload'];
        };
      };
      /** @description `malformed_request`: The request body cannot be read. */
      400: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large`: The request body is too large. */
      413: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type`: The content type is not supported. */
      415: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. `idempotency_mismatch`: The idempotency key was used with a different payload. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. `storage_unavailable`: The object storage is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listWebhookDeliveries: {
    parameters: {
      query?: {
        /** @description `next_cursor` of the previous page. */
        cursor?: string;
        /** @description Entries per page, at most 100. */
        limit?: number;
        /** @description Only deliveries about this job or batch. */
        subject?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page of deliveries. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookDeliveryList'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getWebhookDelivery: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The delivery’s id, which is its `webhook-id`. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The delivery and its attempts. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookDelivery'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: Not found. */
      404: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  redeliverWebhook: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The delivery’s id, which is its `webhook-id`. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It is on its way. */
      202: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookDelivery'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `not_found`: Not found. */
      404: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `conflict`: Conflicts with the current state. */
      409: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listWebhookSecrets: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The secrets. */
      200: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookSecretList'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  rotateWebhookSecret: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The new secret. */
      201: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WebhookSecret'];
        };
      };
      /** @description `unauthorized`: Authentication is required. */
      401: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description How to authenticate. */
          'WWW-Authenticate': string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `forbidden`: Not allowed. */
      403: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `invalid_request`: The request is not valid. */
      422: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `rate_limited`: Too many requests. */
      429: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal`: Internal error. */
      500: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `queue_unavailable`: The queue is not available. */
      503: {
        headers: {
          /** @description With a key, what is left of each share: `"requests";r=`, the full number again in `t=` seconds; `"jobs";r=`, … */
          RateLimit?: string;
          /** @description With a key, what its owner may have of each share: `"requests";q=` per `w=` seconds, `"jobs";q=` at once, … */
          'RateLimit-Policy'?: string;
          /** @description Seconds to wait before trying again. */
          'Retry-After': number;
          /** @description The request’s id: the one that was sent if it was usable, otherwise a new one. */
          'X-Request-Id': string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
}
