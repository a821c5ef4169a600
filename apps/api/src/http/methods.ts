import { AppError } from '@m2fp/contract';
import type { Hono } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import type { ApiEnv } from './context.ts';
import { answerProblem } from './answer-problem.ts';

/** A known path with another method: OPTIONS tells the methods there are, anything else is 405. */
export function otherMethods(app: Hono<ApiEnv>) {
  return methodNotAllowed({
    app,
    onMethodNotAllowed: (context, methods) => {
      const allow = [...new Set([...methods, 'OPTIONS'])].sort().join(', ');
      if (context.req.method === 'OPTIONS') return context.body(null, 204, { allow });
      return answerProblem(context, new AppError('method_not_allowed', `Use one of: ${allow}.`), { allow });
    },
  });
}
