// A manager of controller-runtime as operators have one: leader election, a cache, a reconciler and an index.
// It copies the value `say` of each ConfigMap labelled `manager=yes` into an annotation, and counts in a status Lease.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/record"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const (
	annotation = "example.com/said"
	finalizer  = "example.com/manager"
)

type echo struct {
	client.Client
	identity string
	recorder record.EventRecorder
}

func (e *echo) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var config corev1.ConfigMap
	if err := e.Get(ctx, request.NamespacedName, &config); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if config.Labels["manager"] != "yes" {
		return ctrl.Result{}, nil
	}
	if !config.DeletionTimestamp.IsZero() {
		patch := client.MergeFrom(config.DeepCopy())
		if controllerutil.RemoveFinalizer(&config, finalizer) {
			return ctrl.Result{}, client.IgnoreNotFound(e.Patch(ctx, &config, patch))
		}
		return ctrl.Result{}, nil
	}
	before := config.DeepCopy()
	controllerutil.AddFinalizer(&config, finalizer)
	if config.Annotations == nil {
		config.Annotations = map[string]string{}
	}
	config.Annotations[annotation] = e.identity + " says " + config.Data["say"]
	// A new version of this process's own making comes back through the watch: it must change nothing more.
	if before.Annotations[annotation] != "" && before.Data["say"] == config.Data["said"] {
		return ctrl.Result{}, nil
	}
	config.Data["said"] = config.Data["say"]
	if err := e.Update(ctx, &config); err != nil {
		if errors.IsConflict(err) {
			return ctrl.Result{RequeueAfter: 50 * time.Millisecond}, nil
		}
		return ctrl.Result{}, err
	}
	e.recorder.Eventf(&config, corev1.EventTypeNormal, "Said", "said %q", config.Data["say"])
	return ctrl.Result{}, nil
}

func main() {
	identity := flag.String("identity", "one", "name of this process in what it writes")
	flag.Parse()
	ctrl.SetLogger(zap.New())
	if err := run(*identity); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(identity string) error {
	lease, renew, retry := 4*time.Second, 2*time.Second, 500*time.Millisecond
	manager, err := ctrl.NewManager(ctrl.GetConfigOrDie(), ctrl.Options{
		Metrics:                 server.Options{BindAddress: "0"},
		LeaderElection:          true,
		LeaderElectionID:        "echo.example.com",
		LeaderElectionNamespace: "default",
		LeaseDuration:           &lease,
		RenewDeadline:           &renew,
		RetryPeriod:             &retry,
	})
	if err != nil {
		return err
	}
	reconciler := &echo{
		Client:   manager.GetClient(),
		identity: identity,
		recorder: manager.GetEventRecorderFor("echo"),
	}
	if err := ctrl.NewControllerManagedBy(manager).For(&corev1.ConfigMap{}).Complete(reconciler); err != nil {
		return err
	}
	return manager.Start(ctrl.SetupSignalHandler())
}
