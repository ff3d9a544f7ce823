let confined = false;

/**
 * From now on this thread does itself what it would else leave to the system's thread pool: for one of several threads that share
 * work, and with it the processors.
 */
export function confineToThread(): void {
  confined = true;
}

/** Tells whether {@link confineToThread} was called. */
export function isConfined(): boolean {
  return confined;
}
