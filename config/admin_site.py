"""The admin with a second factor: nobody is let in whom no code has verified."""

from django.contrib.auth.models import AbstractBaseUser
from django_otp.admin import OTPAdminAuthenticationForm, OTPAdminSite
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice


class SecondFactorForm(OTPAdminAuthenticationForm):
    def clean_otp(self, user: AbstractBaseUser | None) -> None:
        """Finds out which device a code is of, so that nobody has to choose: an app's are numbers, the others not."""
        code = self.cleaned_data["otp_token"] = self.cleaned_data.get("otp_token", "").replace(" ", "")
        devices = TOTPDevice.objects if code.isdecimal() else StaticDevice.objects
        device = devices.filter(user=user, confirmed=True).first()
        if device is not None:
            self.cleaned_data["otp_device"] = device.persistent_id
        super().clean_otp(user)


class SecondFactorSite(OTPAdminSite):
    login_form = SecondFactorForm

    def __init__(self) -> None:
        # The name of Django's own, for which its templates make links.
        super().__init__("admin")
