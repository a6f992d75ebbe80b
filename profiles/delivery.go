package profiles

// Delivery is how a profile reaches the phone, which decides what may be in it.
type Delivery string

// The ways of delivery.
const (
	ForManual        Delivery = "manual"         // the user installs it, from a page or a mail
	ForMDM           Delivery = "mdm"            // device management installs it without asking
	ForIntune        Delivery = "intune"         // a custom profile of Intune
	ForAppleBusiness Delivery = "apple-business" // a custom configuration of Apple Business
)

// Deliveries are the ways of delivery, in the order that help prints them. A profile
// is built for one of the first two.
var Deliveries = []Delivery{ForManual, ForMDM, ForIntune, ForAppleBusiness}
