// The piece for sites that know where their visitors are: a yes that gives way to Global Privacy Control is none while
// that is on. The banner's script then asks anew.
//
// Configuration beside the gate's: it adds n, whether the signal is on.
(c => ({ ...c, n: navigator.globalPrivacyControl }))
