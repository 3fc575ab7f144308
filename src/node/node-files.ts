// Owns the file system of a near node, as hostPath volumes see it: what its image brings and what pods had made.
import { hostPathKind, normalPath, type HostPathKind } from '../rules/nodes/host-paths.ts'
import type { NodeFiles } from './ports.ts'

/** The files of a node that has just been started. */
export function createNodeFiles(): NodeFiles {
  const made = new Map<string, HostPathKind>()
  return {
    at(path, create) {
      const normal = normalPath(path)
      const found = hostPathKind(normal) ?? made.get(normal)
      if (found || !create) return found
      for (const parent of parentsOf(normal)) if (!hostPathKind(parent)) made.set(parent, 'Directory')
      made.set(normal, create)
      return create
    },
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1, -1).map((_, index) => parts.slice(0, index + 2).join('/'))
}
