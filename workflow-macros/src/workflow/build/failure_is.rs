//! `failure.is::<PaymentError>()`: whether a failure is one of an enum's.

use quote::ToTokens;

use super::super::codes;
use super::super::model::{Expr, ExprKind, FailureIs};
use super::Builder;

impl Builder {
    pub(super) fn failure_is(&mut self, call: &syn::ExprMethodCall) -> Expr {
        let span = call.method.span();
        let failure = self.pure(&call.receiver);
        let named = call.turbofish.as_ref().and_then(|turbofish| match turbofish.args.first() {
            Some(syn::GenericArgument::Type(ty)) if turbofish.args.len() == 1 => Some(ty.clone()),
            _ => None,
        });
        let Some(error) = named.filter(|_| call.args.is_empty()) else {
            self.fault(&call.method, codes::FAILURE_IS, "`is` asks whether a failure is one of an error enum's")
                .help("write `failure.is::<PaymentError>()`");
            return Expr::poison(span);
        };
        let made = FailureIs {
            failure,
            name: call.method.clone(),
            turbofish: call.turbofish.to_token_stream(),
            error,
            paren: call.paren_token,
        };
        Expr::new(ExprKind::FailureIs(Box::new(made)), span)
    }
}
