// Owns what a program may deploy: paths, as on the command line, or objects that it has made itself.
import { memoryFiles, disk } from '../config/file-system.ts'
import { readProject, type Project } from '../config/project.ts'

/** An eksctl ClusterConfig and Kubernetes objects that are no files: objects, or YAML with any number of documents. */
export interface Documents {
  readonly config: object | string
  readonly manifests?: readonly object[] | string
}

/** A path or several, as `neargate up` takes them, or documents. */
export type Files = string | readonly string[] | Documents

/** Reads them into one project; what is wrong with them is among its problems, with the place. */
export function projectOf(files: Files): Project {
  if (typeof files === 'string') return readProject([files], disk)
  if (!isDocuments(files)) return readProject(files, disk)
  const { config, manifests = [] } = files
  const texts: Record<string, string> = { config: textOf(config) }
  if (manifests.length > 0) {
    texts['manifests'] = typeof manifests === 'string' ? manifests : manifests.map(textOf).join('\n---\n')
  }
  return readProject(Object.keys(texts), memoryFiles(texts))
}

function isDocuments(files: readonly string[] | Documents): files is Documents {
  return !Array.isArray(files)
}

// JSON is YAML.
function textOf(document: object | string): string {
  return typeof document === 'string' ? document : JSON.stringify(document, undefined, 2)
}
