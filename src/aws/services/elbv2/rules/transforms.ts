// Owns the transforms of rules: rewriting the host header and the URL before a request goes on.
// Source: ELBv2 API reference, RuleTransform and RewriteConfig.
import type { RuleTransform } from '@aws-sdk/client-elastic-load-balancing-v2'

import { validationError } from '../errors.ts'

/** What an operation honours of transforms. */
export const TRANSFORMS = [
  'Transforms[].Type',
  'Transforms[].HostHeaderRewriteConfig.Rewrites[].Regex',
  'Transforms[].HostHeaderRewriteConfig.Rewrites[].Replace',
  'Transforms[].UrlRewriteConfig.Rewrites[].Regex',
  'Transforms[].UrlRewriteConfig.Rewrites[].Replace',
] as const

/** Transforms as responses show them: one of each type, with one rewrite. @throws AwsError ValidationError */
export function readTransforms(given: readonly Partial<RuleTransform>[] | undefined): RuleTransform[] {
  const types = (given ?? []).map(({ Type }) => Type)
  const twice = types.find((type, index) => types.indexOf(type) !== index)
  if (twice !== undefined) throw validationError(`A rule can only have one '${twice}' transform`)
  return (given ?? []).map(({ Type, HostHeaderRewriteConfig, UrlRewriteConfig }) => {
    const isHost = Type === 'host-header-rewrite'
    const name = isHost ? 'HostHeaderRewriteConfig' : 'UrlRewriteConfig'
    const config = isHost ? HostHeaderRewriteConfig : UrlRewriteConfig
    if (!config) throw validationError(`A '${name}' must be specified with '${Type}'`)
    const [rewrite, ...more] = config.Rewrites ?? []
    if (!rewrite || more.length > 0) throw validationError(`A '${name}' must have exactly one rewrite`)
    return { Type, [name]: { Rewrites: [rewrite] } }
  })
}
