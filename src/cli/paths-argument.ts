// Owns what the help of `plan`, `up` and `down` says of their paths.

/** Describes the argument `[path...]`. */
export const PATHS_HELP =
  'files, directories, kustomizations, charts, or - for standard input (default: the current directory)'
