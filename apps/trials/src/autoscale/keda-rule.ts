/**
 * KEDA's part: from zero to the first replica, and from the last ones to zero. What is in between it leaves to a
 * HorizontalPodAutoscaler, which asks KEDA for the metric: https://keda.sh/docs/latest/concepts/scaling-deployments/.
 */
import {
  applyHorizontal,
  horizontalDefaults,
  type HorizontalHistory,
  type HorizontalRule,
  noHistory,
  type Seen,
} from './horizontal-rule.ts';

/** The fields of a ScaledObject, with their defaults in `kedaDefaults`. */
export interface ScaledObject {
  /** Between two looks at the metric for the decision about zero. */
  readonly pollingIntervalS: number;
  /** Since the trigger was last seen active, until all replicas are removed. */
  readonly cooldownS: number;
  /** The trigger is active above it. */
  readonly activation: number;
  /** 0 allows none at all. */
  readonly min: number;
  readonly max: number;
  readonly target: number;
  /** Between two decisions of the HorizontalPodAutoscaler. */
  readonly syncPeriodS: number;
  readonly behavior: Pick<HorizontalRule, 'tolerance' | 'scaleUp' | 'scaleDown'>;
}

export const kedaDefaults = {
  ...{ pollingIntervalS: 30, cooldownS: 300, activation: 0, min: 0, max: 100, syncPeriodS: 15 },
  behavior: horizontalDefaults,
} as const satisfies Partial<ScaledObject>;

/** A ScaledObject at work. `poll` and `sync` return how many replicas there should be from then on. */
export interface Autoscaler {
  /** Every polling interval. */
  poll(seen: Seen): number;
  /** Every sync period. */
  sync(seen: Seen): number;
}

export function createAutoscaler(scaled: ScaledObject): Autoscaler {
  const { activation, behavior, cooldownS, min } = scaled;
  const rule: HorizontalRule = { ...behavior, target: scaled.target, min: Math.max(1, min), max: scaled.max };
  let lastActiveS = Number.NEGATIVE_INFINITY;
  let history: HorizontalHistory = noHistory;
  return {
    poll({ atS, metric, replicas }) {
      const isActive = metric > activation;
      if (isActive) lastActiveS = atS;
      if (isActive && replicas === 0) return Math.max(1, min);
      if (!isActive && replicas > 0 && min === 0 && atS - lastActiveS > cooldownS) return 0;
      return Math.max(replicas, min);
    },
    sync(seen) {
      if (seen.replicas === 0) return 0;
      const decided = applyHorizontal(rule, history, seen);
      history = decided.history;
      return decided.replicas;
    },
  };
}
