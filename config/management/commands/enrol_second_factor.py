"""`manage.py enrol_second_factor USER`: give somebody the second factor of the admin's login."""

from typing import Any

import qrcode
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

BACKUP_CODES = 10


class Command(BaseCommand):
    help = "Make a user's second factor, and print it once: a QR code for an authenticator app, and backup codes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="the user name in the admin")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="make what the user has worthless: a phone was lost",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        name = options["user"]
        user = get_user_model()._default_manager.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no user {name!r}; `manage.py createsuperuser` makes the first.")
        with transaction.atomic():
            for devices in (TOTPDevice.objects.filter(user=user), StaticDevice.objects.filter(user=user)):
                if devices.exists() and not options["replace"]:
                    raise CommandError(f"{name} has a second factor; --replace makes another and that one worthless.")
                devices.delete()
            app = TOTPDevice.objects.create(user=user, name="authenticator app")
            paper = StaticDevice.objects.create(user=user, name="backup codes")
            codes = [StaticToken.random_token() for _ in range(BACKUP_CODES)]
            StaticToken.objects.bulk_create(StaticToken(device=paper, token=code) for code in codes)
        self._print(app.config_url, codes)

    def _print(self, url: str, codes: list[str]) -> None:
        picture = qrcode.QRCode()
        picture.add_data(url)
        picture.print_ascii(out=self.stdout)
        self.stdout.write(f"Scan this with an authenticator app, or enter:\n{url}\n")
        self.stdout.write("Each of these codes works once, for when the app is lost:\n" + "\n".join(codes))
