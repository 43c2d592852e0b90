/** What went wrong with the making of a root directory, in words for its maker. */
export class RootError extends Error {
  override readonly name = 'RootError';
}
