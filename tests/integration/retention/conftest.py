"""What the tests of retention share."""

from tests.integration.concurrency.conftest import gate as gate
from tests.integration.notifications.conftest import receiver as receiver
