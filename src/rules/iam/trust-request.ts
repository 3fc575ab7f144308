// Owns the question that is put to the trust policy of a role: STS asks it, IAM answers.

/** Who asks to assume a role, and what is known of the request. */
export interface TrustRequest {
  readonly action: 'sts:AssumeRole' | 'sts:AssumeRoleWithWebIdentity'
  /** A service (`eks-fargate-pods.amazonaws.com`), a principal's ARN, or an OIDC provider's ARN. */
  readonly principal:
    | { readonly service: string }
    | { readonly arn: string; readonly accountId: string }
    | { readonly federated: string }
  /** Condition keys, e.g. `aws:SourceArn`, `oidc.example/id/A:sub`. */
  readonly context?: Readonly<Record<string, string>>
}
