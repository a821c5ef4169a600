/** What is compared: KEDA as it is if one only says what to scale and by what, and what this project recommends. */
import { horizontalDefaults } from './horizontal-rule.ts';
import { kedaDefaults, type ScaledObject } from './keda-rule.ts';

export const policyNames = ['prompt', 'defaults'] as const;
export type PolicyName = (typeof policyNames)[number];

/** The size of the fleet and the photos per worker are the same for both. */
export type PolicyTimes = Omit<ScaledObject, 'max' | 'target'>;

export const policies: Readonly<Record<PolicyName, PolicyTimes>> = {
  defaults: kedaDefaults,
  // The backlog counts what workers have in hand, too, so it does not fall before work is done, and there is nothing
  // to wait for before workers end.
  prompt: {
    ...kedaDefaults,
    ...{ pollingIntervalS: 5, cooldownS: 30 },
    behavior: { ...horizontalDefaults, scaleDown: { ...horizontalDefaults.scaleDown, stabilizationS: 0 } },
  },
};
