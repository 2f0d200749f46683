"""rudder-sdk-python: gzip unless told otherwise; a thread sends batches of 100."""
from driver import drive
from rudderstack.analytics.client import Client
from rudderstack.analytics.version import VERSION

drive("rudder-python", VERSION, Client)
