import json

CONFIG = {
    "apiVersion": "eksctl.io/v1alpha5",
    "kind": "ClusterConfig",
    "metadata": {"name": "shop", "region": "eu-west-1"},
    "fargateProfiles": [{"name": "web", "selectors": [{"namespace": "web"}]}],
}
WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "web"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "nginx"}]},
        },
    },
}
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "web"}}


def test_builds_the_cluster_with_its_pods(region, tmp_path):
    (tmp_path / "cluster.yaml").write_text(json.dumps(CONFIG))
    (tmp_path / "web.yaml").write_text("\n---\n".join(map(json.dumps, [NAMESPACE, WEB])))
    (workload,) = region.up(tmp_path)["workloads"]
    assert (workload["name"], workload["ready"], workload["compute"]) == ("web", 2, "fargate")


def test_aws_clients_go_there(region):
    assert region.environment["AWS_ENDPOINT_URL"] == region.endpoint
    assert region.region == "eu-west-1"
