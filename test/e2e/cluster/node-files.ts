/** Configuration files of the node; why each setting is there stands beside it. */
export interface NodePaths {
  readonly state: string;
  /** Address of the bridge: the host as pods see it. */
  readonly address: string;
  readonly apiServerPort: number;
  readonly token: string;
}

export const serviceRange = '10.96.0.0/16';
export const dnsAddress = '10.96.0.10';
export const podRange = '10.244.0.0/24';

export function kubeconfig({ address, apiServerPort, token }: NodePaths): string {
  return `apiVersion: v1
kind: Config
clusters: [{name: e2e, cluster: {server: "https://${address}:${apiServerPort}", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: ${token}}}]
contexts: [{name: e2e, context: {cluster: e2e, user: admin}}]
current-context: e2e
`;
}

export function cniConfiguration(): string {
  const ipam = { type: 'host-local', ranges: [[{ subnet: podRange }]], routes: [{ dst: '0.0.0.0/0' }] };
  const bridge = { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: true, hairpinMode: true, ipam };
  return JSON.stringify({ cniVersion: '1.0.0', name: 'e2e', plugins: [bridge, { type: 'portmap', capabilities: { portMappings: true } }] });
}

/** Without AppArmor, hugetlb and lower OOM scores, which a node inside a sandbox may not have. */
export function containerdConfiguration({ state }: NodePaths): string {
  return `version = 3
root = "${state}/containerd"
state = "${state}/containerd-run"
[grpc]
  address = "${state}/containerd.sock"
[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "localhost/pause:1"
[plugins.'io.containerd.cri.v1.runtime']
  disable_apparmor = true
  restrict_oom_score_adj = true
  disable_hugetlb_controller = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["/usr/lib/cni"]
    conf_dir = "${state}/cni"
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = "/usr/sbin/runc"
      SystemdCgroup = false
`;
}

/** Serves on the bridge: on loopback, logs and exec fail. Takes cgroup v1, swap and a full disk as they are. */
export function kubeletConfiguration({ state, address }: NodePaths): string {
  return `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix://${state}/containerd.sock
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
localStorageCapacityIsolation: false
featureGates: {KubeletInUserNamespace: true}
address: ${address}
clusterDNS: [${dnsAddress}]
clusterDomain: cluster.local
resolvConf: ${state}/resolv.conf
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
`;
}

export function corefile({ state, address }: NodePaths): string {
  return `.:53 {
  bind ${address}
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${state}/kubeconfig
    ttl 5
  }
}
`;
}

/** CoreDNS is a process of the node: a Service without selector, and an EndpointSlice that names the bridge. */
export function dnsService({ address }: NodePaths): string {
  return `apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec: {clusterIP: ${dnsAddress}, ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kube-dns-1, namespace: kube-system, labels: {kubernetes.io/service-name: kube-dns}}
addressType: IPv4
endpoints: [{addresses: [${address}]}]
ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]
`;
}
