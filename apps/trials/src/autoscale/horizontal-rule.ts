/**
 * Kubernetes' HorizontalPodAutoscaler for one external metric with a target of type `AverageValue`, as KEDA creates it:
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details. Runs every sync period
 * while there is at least one replica. Times are in seconds.
 */

/** How much one period of time may change. The policy that allows the most wins (`selectPolicy: Max`). */
export interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  readonly periodS: number;
}

interface ScalingDirection {
  /** The safest of the recommendations of so many seconds counts: the highest to go down, the lowest to go up. */
  readonly stabilizationS: number;
  readonly policies: readonly ScalingPolicy[];
}

export interface HorizontalRule {
  /** Photos per replica. */
  readonly target: number;
  readonly min: number;
  readonly max: number;
  /** Nothing is changed while the metric is within this share of what the replicas are for. */
  readonly tolerance: number;
  readonly scaleUp: ScalingDirection;
  readonly scaleDown: ScalingDirection;
}

/** The defaults of the `autoscaling/v2` API and of kube-controller-manager. */
export const horizontalDefaults = {
  tolerance: 0.1,
  scaleUp: {
    stabilizationS: 0,
    policies: [
      { type: 'Percent', value: 100, periodS: 15 },
      { type: 'Pods', value: 4, periodS: 15 },
    ],
  },
  scaleDown: { stabilizationS: 300, policies: [{ type: 'Percent', value: 100, periodS: 15 }] },
} as const satisfies Partial<HorizontalRule>;

/** What the rule remembers from one time to the next. */
export interface HorizontalHistory {
  readonly recommendations: readonly { readonly atS: number; readonly replicas: number }[];
  readonly changes: readonly { readonly atS: number; readonly by: number }[];
}

/** Of a policy, by the API's schema. */
const longestPeriodS = 1_800;

export const noHistory: HorizontalHistory = { recommendations: [], changes: [] };

export interface Seen {
  readonly atS: number;
  readonly metric: number;
  /** The horizontal rule is off without any. */
  readonly replicas: number;
}

/** How many replicas there should be now, and what to remember. */
export function applyHorizontal(
  rule: HorizontalRule,
  history: HorizontalHistory,
  seen: Seen,
): { readonly replicas: number; readonly history: HorizontalHistory } {
  const { atS, replicas } = seen;
  const wanted = recommended(rule, seen);
  const recommendations = [...history.recommendations, { atS, replicas: wanted }].filter(
    (each) => atS - each.atS <= Math.max(rule.scaleUp.stabilizationS, rule.scaleDown.stabilizationS),
  );
  const stable = stabilized(rule, recommendations, seen);
  const limited = limitedBy(rule, history.changes, atS, { from: replicas, to: stable });
  const bounded = Math.min(rule.max, Math.max(rule.min, limited));
  const changes = [...history.changes, { atS, by: bounded - replicas }].filter(
    (each) => each.by !== 0 && atS - each.atS < longestPeriodS,
  );
  return { replicas: bounded, history: { recommendations, changes } };
}

/** `ceil(metric / target)`, or what there is if that is close enough. */
export function recommended(
  { target, tolerance }: Pick<HorizontalRule, 'target' | 'tolerance'>,
  { metric, replicas }: Omit<Seen, 'atS'>,
): number {
  const share = metric / (target * replicas);
  return Math.abs(1 - share) > tolerance ? Math.ceil(metric / target) : replicas;
}

function stabilized(
  { scaleUp, scaleDown }: HorizontalRule,
  recommendations: HorizontalHistory['recommendations'],
  { atS, replicas }: Seen,
): number {
  const within = (seconds: number): number[] =>
    recommendations.filter((each) => atS - each.atS <= seconds).map((each) => each.replicas);
  const up = Math.min(...within(scaleUp.stabilizationS));
  const down = Math.max(...within(scaleDown.stabilizationS));
  return Math.min(Math.max(replicas, up), down);
}

function limitedBy(
  rule: HorizontalRule,
  changes: HorizontalHistory['changes'],
  atS: number,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  if (from === to) return to;
  const isUp = to > from;
  const { policies } = isUp ? rule.scaleUp : rule.scaleDown;
  const allowed = policies.map(({ type, value, periodS }) => {
    const changed = changes.filter((each) => atS - each.atS < periodS).reduce((sum, { by }) => sum + by, 0);
    // How many there were when the period began: what happened since then counts against the policy.
    const before = from - changed;
    if (isUp) return type === 'Pods' ? before + value : Math.ceil(before * (1 + value / 100));
    return type === 'Pods' ? before - value : Math.trunc(before * (1 - value / 100));
  });
  if (isUp) return Math.min(to, Math.max(from, ...allowed));
  return Math.max(to, Math.min(from, ...allowed));
}
