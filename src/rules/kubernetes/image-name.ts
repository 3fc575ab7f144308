// Owns image references: what is valid, and the full name that containerd reports (github.com/distribution/reference).

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const DOMAIN_PART = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?'
const DOMAIN = `${DOMAIN_PART}(?:\\.${DOMAIN_PART})*(?::[0-9]+)?`
const TAG = '[\\w][\\w.-]{0,127}'
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}'
const REFERENCE = new RegExp(
  `^(?:(${DOMAIN})/)?(${COMPONENT}(?:/${COMPONENT})*)(?::(${TAG}))?(?:@(${DIGEST}))?$`,
)

/**
 * The full name of an image: registry, repository, and tag or digest.
 * @returns undefined when the text is no image reference: the container then waits with `InvalidImageName`.
 */
export function fullImageName(image: string): string | undefined {
  const match = REFERENCE.exec(image)
  if (!match) return undefined
  const [, domain, path = '', tag, digest] = match
  // Without a dot, a port or `localhost` the first part is not a registry but a path on Docker Hub.
  const isRegistry = domain !== undefined && (/[.:]/.test(domain) || domain === 'localhost')
  const repository = isRegistry || domain === undefined ? path : `${domain}/${path}`
  const isOfficial = !isRegistry && !repository.includes('/')
  const prefix = isRegistry ? domain : 'docker.io'
  const name = `${prefix}/${isOfficial ? 'library/' : ''}${repository}`
  if (digest) return `${name}@${digest}`
  return `${name}:${tag ?? 'latest'}`
}
