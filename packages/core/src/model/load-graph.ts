import type { Bundle } from './manifest.ts';
import { createSession, type Session, type SessionSettings } from './session.ts';

/**
 * A session of one of the bundle's graphs: of its optimized form, if there is one, and onnxruntime can load it. It may
 * be removed at any time. Throws `model_unavailable`.
 */
export async function loadGraph(bundle: Bundle, file: string, settings: SessionSettings): Promise<Session> {
  const own = bundle.path(file);
  const optimized = bundle.graph(file);
  if (optimized === own) return createSession(own, settings);
  return createSession(optimized, settings).catch(() => createSession(own, settings));
}
