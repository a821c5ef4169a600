/** A Cloudflare Worker: a photo is posted to it, and it answers who and what is in it. */
import { createClient, M2fpError } from '@m2fp/client';

export default {
  async fetch(request, env) {
    try {
      const m2fp = createClient({ baseUrl: env.M2FP_URL, apiKey: env.M2FP_KEY });
      const photo = await m2fp.parse(request.body, { options: { outputs: ['colormap'] } });
      const { width, height, data } = await photo.labelMap();
      return Response.json({ people: photo.people, width, height, classes: [...new Set(data)] });
    } catch (error) {
      if (!(error instanceof M2fpError)) throw error;
      return Response.json({ code: error.code, message: error.message }, { status: error.status || 502 });
    }
  },
};
