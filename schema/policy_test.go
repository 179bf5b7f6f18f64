package schema

import (
	"reflect"
	"testing"
	"time"
)

// What a policy says holds, field by field; a default stands only where it says nothing.
func TestAPolicyKeepsWhatItSays(t *testing.T) {
	given := Policy{
		Mode: ModeManual, Observe: dur(1), ApprovalTimeout: dur(2), StepTimeout: dur(3), OfferTimeout: dur(4), AbortTimeout: dur(5),
		AgentSilence: dur(6), ExpertSilence: dur(7), RequestMaxAge: dur(8), Automation: ptr(true), Breaker: &Breaker{Max: ptr(9), Window: dur(10)},
		Hold: dur(11), Queue: &Queue{Max: ptr(12), Expire: dur(13)}, Retention: &Retention{Completed: &Keep{Age: dur(time.Hour)}}, Routes: map[string]string{"*": "l0"},
	}
	whole := reflect.ValueOf(given)
	for i := range whole.NumField() {
		if whole.Field(i).IsZero() {
			t.Fatalf("this test gives no %s", whole.Type().Field(i).Name)
		}
	}
	if got := given.WithDefaults(); !reflect.DeepEqual(got, given) {
		t.Errorf("became %+v", got)
	}
	none := Policy{}
	if got := none.WithDefaults(); !reflect.DeepEqual(got, DefaultPolicy()) {
		t.Errorf("nothing became %+v", got)
	}
	part := Policy{Breaker: &Breaker{Max: ptr(0)}, Queue: &Queue{Expire: dur(0)}}
	if got := part.WithDefaults(); *got.Breaker.Max != 0 || *got.Breaker.Window != *DefaultPolicy().Breaker.Window || *got.Queue.Max != 16 || *got.Queue.Expire != 0 {
		t.Errorf("a part became %+v, %+v", got.Breaker, got.Queue)
	}
}
