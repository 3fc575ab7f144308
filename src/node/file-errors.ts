// Owns telling what an error of the file system means.

/** There is no such file. */
export function isNotFoundFile(error: unknown): boolean {
  return Error.isError(error) && 'code' in error && error.code === 'ENOENT'
}
