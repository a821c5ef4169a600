/** What may be left behind by a process that dies: a process group, a temporary folder, a container. */
export type Leftover =
  | { readonly kind: 'process-group'; readonly pid: number }
  | { readonly kind: 'folder'; readonly path: string }
  /** `id` may be its name. */
  | { readonly kind: 'container'; readonly id: string };

/** One line of JSON a message, from a process to its reaper. */
export type ReaperMessage = { readonly do: 'watch' | 'forget'; readonly leftover: Leftover };
