// Owns how IAM shows and names an OpenID Connect issuer.
import { partitionOf, STANDARD_PARTITION } from '../regions/partitions.ts'

/** An issuer in IAM. */
export interface IssuerName {
  /** Without the scheme and port 443, which eksctl always sends: `127.0.0.1:4567/id/ABC` */
  readonly url: string
  /** What the provider's ARN ends with, without any port. Source: eksctl pkg/iam/oidc/api.go, hostnameAndPath. */
  readonly name: string
}

/** Where the issuers of a region's clusters are on AWS: under the names of its partition. */
export function eksIssuerHost(region: string): string {
  return `oidc.eks.${region}.${(partitionOf(region) ?? STANDARD_PARTITION).dnsSuffix}`
}

/** Reads the URL of an issuer; undefined for what is no https URL. */
export function issuerName(text: string): IssuerName | undefined {
  if (!text.startsWith('https://') || !URL.canParse(text)) return undefined
  const { host, hostname, pathname } = new URL(text)
  const path = pathname.replace(/\/$/, '')
  return { url: host + path, name: hostname + path }
}

/** Condition keys of a token in a trust policy: people write the issuer with its port, eksctl without. */
export function issuerKeys({ url, name }: IssuerName, claim: 'sub' | 'aud'): readonly string[] {
  return [...new Set([`${url}:${claim}`, `${name}:${claim}`])]
}
