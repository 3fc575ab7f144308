// Owns the forms of a principal: what STS calls it and what access entries call it.
// Source: kubernetes-sigs/aws-iam-authenticator pkg/arn (canonical ARN of an assumed role).

/** `arn:aws:iam::ACCT:role/ROLE` for an assumed role, the ARN itself for users and the root user. */
export function canonicalArn(arn: string): string {
  const [prefix = 'arn', partition = 'aws', service, , accountId = '', ...rest] = arn.split(':')
  const resource = rest.join(':')
  if (service !== 'sts' || !resource.startsWith('assumed-role/')) return arn
  return `${prefix}:${partition}:iam::${accountId}:role/${resource.split('/')[1] ?? ''}`
}

/** The session of an assumed role; empty for everyone else. */
export function sessionName(arn: string): string {
  const parts = arn.split('/')
  return arn.includes(':assumed-role/') ? (parts.at(-1) ?? '') : ''
}

/** True when the entry's principal is this one: roles compare without their path, which STS does not show. */
export function isSamePrincipal(entryArn: string, canonical: string): boolean {
  return entryArn === canonical || withoutPath(entryArn) === canonical
}

function withoutPath(arn: string): string {
  const match = /^(arn:[^:]+:iam::\d+:role\/)(?:.*\/)?([^/]+)$/.exec(arn)
  return match ? `${match[1]}${match[2]}` : arn
}

/** Fills in the placeholders that user names may hold. */
export function expandUsername(template: string, principal: { arn: string; accountId: string }): string {
  // Each request asks, and nearly no name holds any.
  if (!template.includes('{{')) return template
  const session = sessionName(principal.arn)
  return (
    template
      .replaceAll('{{AccountID}}', principal.accountId)
      .replaceAll('{{SessionNameRaw}}', session)
      .replaceAll('{{SessionName}}', session.replaceAll('@', '-'))
      // The session of an instance's role is the instance id; nodes near authenticate in-process instead.
      .replaceAll('{{EC2PrivateDNSName}}', session)
  )
}
