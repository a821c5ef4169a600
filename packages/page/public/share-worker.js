/*
 * Takes the photos that other apps share with the installed page, and hands them over to it. It answers no other
 * request and keeps nothing of the page, so that nothing of an earlier version can be shown.
 */
const cacheName = 'shared-photos';
const mostPhotos = 100;

self.addEventListener('install', () => self.skipWaiting());

self.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  if (method === 'POST' && new URL(url).pathname.endsWith('/page/share')) event.respondWith(take(event.request));
});

async function take(request) {
  try {
    const form = await request.formData();
    const files = form.getAll('photos').filter((part) => part instanceof File && part.size > 0);
    await caches.delete(cacheName);
    const cache = await caches.open(cacheName);
    for (const [place, file] of files.slice(0, mostPhotos).entries()) {
      const headers = { 'content-type': file.type, 'x-name': encodeURIComponent(file.name) };
      await cache.put(`./shared/${place}`, new Response(file, { headers }));
    }
  } catch {
    // The page says that nothing has arrived.
  }
  return Response.redirect(new URL('../?shared', self.location.href), 303);
}
