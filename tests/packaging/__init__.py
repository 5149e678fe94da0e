"""The wheel, as somebody who never saw the checkout gets it."""
