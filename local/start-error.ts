/** Why a start failed, in the three parts a person needs, in one line: what happened, why, what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';

  constructor(what: string, why: string, remedy: string, options?: ErrorOptions) {
    super(`${what}: ${why}: ${remedy}`.replaceAll(/\s*\n\s*/g, ' '), options);
  }
}

/** The time that was given is over; ends with another exit code. */
export class TimedOutError extends StartError {}
