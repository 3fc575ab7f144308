// Owns which conformance cases look at what a real container does, and why: stand-ins can't pass them.

interface Need {
  readonly cases: RegExp
  readonly reason: string
}

// Read from the tests themselves: test/e2e of the Kubernetes version of the cluster.
const needs: readonly Need[] = [
  {
    cases: /^\[sig-node\]/,
    reason: 'is about what a kubelet does with containers',
  },
  {
    cases: /^\[sig-network\] DNS /,
    reason: 'asks a DNS server from within a container',
  },
  {
    cases: /^\[sig-network\] Networking Granular Checks/,
    reason: 'sends requests from container to container',
  },
  {
    cases: /^\[sig-network\] Proxy version v1 should proxy through a service and a pod/,
    reason: 'a server of the test image has to answer',
  },
  {
    cases: /^\[sig-network\] Proxy version v1 A set of valid responses/,
    reason: 'a server of the test image has to answer',
  },
  {
    cases:
      /^\[sig-network\] Services should (have session affinity|be able to switch session affinity|be able to create a functioning NodePort|be able to change the type from (ExternalName|ClusterIP|NodePort)|serve (a basic endpoint|multiport endpoints))/,
    reason: 'sends requests to a service from within a container',
  },
  {
    cases:
      /^\[sig-network\] (HostPort validates|.*should be able to preserve UDP|.*EndpointSlice should support a Service with multiple)/,
    reason: 'sends requests from within a container',
  },
  {
    cases:
      /AdmissionWebhook .*(should (be able to deny|deny crd|honor timeout|mutate|unconditionally reject|not be able to mutate)|patching\/updating a (mutating|validating) webhook|listing (mutating|validating) webhooks)/,
    reason: 'the webhook is a server of the test image',
  },
  {
    cases: /CustomResourceConversionWebhook|CustomResourceFieldSelectors MUST list and watch/,
    reason: 'the webhook is a server of the test image',
  },
  {
    cases: /Aggregator Should be able to support the 1\.\d+ Sample API Server/,
    reason: 'the extension server is a container',
  },
  {
    cases:
      /^\[sig-apps\] (ReplicaSet|ReplicationController) should serve a basic image|^\[sig-cli\] Kubectl client (Guestbook application|Update Demo)/,
    reason: 'a server of the test image has to answer',
  },
  {
    cases: /^\[sig-cli\] (Kubectl client Kubectl expose|Kubectl logs logs should be able to retrieve)/,
    reason: 'waits for what a program of the test image logs',
  },
  {
    cases:
      /^\[sig-apps\] StatefulSet .*(Burst scaling|Scaling should happen in predictable order|rolling updates and roll backs)/,
    reason: 'makes pods unready by a command run within a container',
  },
  {
    cases: /^\[sig-apps\] Job .*ignore failure matching on DisruptionTarget/,
    reason: 'the second container ends because of a file that the first one wrote',
  },
  {
    cases:
      /^\[sig-apps\] (Deployment deployment should support proportional scaling|Daemon set \[Serial\] should rollback without)/,
    reason: 'an image that no registry has must not start',
  },
  {
    cases: /^\[sig-auth\] ServiceAccounts should mount /,
    reason: 'reads files from within a container',
  },
  {
    cases: /^\[sig-network\] Services should serve endpoints on same port and different protocols/,
    reason: 'sends requests to a service from within a container',
  },
  {
    cases:
      /^\[sig-storage\] .*(Subpath|EmptyDir|Projected|ConfigMap|Secrets|HostPath|Downward API|EmptyDir wrapper)/,
    reason: 'reads files from within a container',
  },
]

/** Why a case needs a real container; undefined when it doesn't. */
export function needOf(name: string): string | undefined {
  return needs.find(({ cases }) => cases.test(name))?.reason
}
