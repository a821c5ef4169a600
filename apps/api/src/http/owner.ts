import { anonymousOwner } from '@m2fp/contract';
import type { Context } from 'hono';
import type { ApiEnv } from './context.ts';

/** Whose request it is: what one owner makes, no other sees. */
export function ownerOf(context: Context<ApiEnv>): string {
  return context.get('owner') ?? anonymousOwner;
}
