//! Requests that write.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::doc;
use crate::emit::tokens::param;
use crate::emit::wiring::run::{call, create};
use crate::model::{Ident, RequestStep};

/// The function that answers a request.
pub(super) fn tokens(request: &RequestStep) -> TokenStream {
    let name = request.name.as_str();
    let about = doc(format!("`{name}`: {}.", request.summary));
    let (function, body_type, created) = (&request.function, &request.body, &request.creates.binding);
    let ask = request.ask.error.is_some().then(|| {
        let call = call(&request.ask);
        match &request.ask.answer {
            Some(answer) => {
                let binding = &answer.binding;
                quote!(let #binding = #call?;)
            }
            None => quote!(#call?;),
        }
    });
    let receiver = ask.is_some().then(|| quote!(&self,));
    let create = create(&request.creates);
    let messages = &request.publishes;
    let code = quote! {
        #ask
        let #created = #create?;
        #(let event = #messages; cx.out.emit(#name, &event);)*
        Answer::created(#created)
    };
    let body = param(&Ident::plain("body"), &code);
    quote! {
        #about
        fn #function(#receiver #body: &#body_type, cx: &mut RequestContext<'_, Rows>) -> Result<Answer, Refusal> {
            #code
        }
    }
}
