/** How local mode's commands end (the same for every command of the project). */
export const exitCode = { done: 0, failed: 1, usage: 2, timedOut: 124, interrupted: 130 } as const;
