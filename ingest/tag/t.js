// whichad's tag: docs/tag.md says what it reads, keeps and posts. Served without these comments and its indentation,
// in 2048 bytes at most. No cookie, ever; without consent nothing is kept on the device and no id of a person leaves it.
((w,d,n)=>{
const K="whichad",tag=d.currentScript,set=tag.dataset,now=Date.now(),p={},q={}
// Global Privacy Control and Do Not Track are an answer that nothing overrules. Undefined: nobody was asked yet.
const never=n.globalPrivacyControl||n.doNotTrack==1
let ok=never?0:w.whichad?.granted??{granted:1,denied:0}[set.consent]
// Who (a random number), since when, which click: empty without consent.
let v="",t,c="",ad,kept={}
try{kept=localStorage}catch{}

// p: what an ad writes into its address, q: click ids; nothing else of the query is read. utm_*, fbclid and names stand
// on posts and newsletters, too: they make no ad, but for a medium that is paid.
for(let [k,x] of new URLSearchParams(location.search)){
  k=k.toLowerCase()
  if(x&&/^(utm_\w+|ad(set)?_?(id|name|title)|campaign_id|rac|referreradcreative|click_?id|(fb|tt|g)clid|msclkid|network|placement)$/.test(k)){
    (/cl.*id$/.test(k)?q:p)[k]??=x
    ad||=!/^(utm|fb|n|p)|name/.test(k)
  }
}
ad||=/paid|cp[cm]/i.test(p.utm_medium)
const via=Object.keys(q).pop()

// A landing is opened from elsewhere, and not reloaded or gone back to.
let lands=!d.referrer.startsWith(location.origin+"/")&&!/^[rb]/.test(performance.getEntriesByType("navigation")[0]?.type)

const random=()=>crypto.getRandomValues(new Uint32Array(4)).join("")
const id=()=>v&&[K,v,c].join("_")
const post=(url,body)=>fetch(url,{method:"POST",keepalive:true,body}).catch(()=>0)

// Once a page: that somebody landed, and whether an ad brought them.
const tell=()=>{
  if(lands)post(new URL("webhooks/"+set.sender,tag.src),JSON.stringify({t:"landing",id:ad&&c||random(),consent:!!ok,visitor:v,click:ad?c:"",ad,via,network:set.network,page:location.pathname,p,q:ok?q:{}}))
  ad=lands=0
}

// With consent for seven days; without, what there was is dropped. Shopify copies a cart's attributes into its order:
// told once a tab, and again where they change.
const consent=yes=>{
  const old=kept[K]
  ok=yes&&!never
  v=c=""
  if(ok){
    [v,t,c]=(old||"").split(" ")
    if(!(now-t<6048e5))v=random(),t=now,c=""
    // The platform's own click id, so that one click stays one: what Stripe takes (letters, digits, -, _), cut to fit.
    const o=(q.click_id||q.clickid||q[via]||"").replace(/[^\w-]/g,"").slice(-150)
    if(ad&&(lands||o&&o!=c))lands=1,t=now,c=o||random()
  }
  tell()
  ok?kept[K]=[v,t,c].join(" "):delete kept[K]
  if((w.Shopify||"shopify"in set)&&(ok||old)&&sessionStorage[K]!=(sessionStorage[K]=id()))
    post((w.Shopify?.routes?.root||"/")+"cart/update.js",new URLSearchParams({"attributes[whichad]":id()}))
  ok||delete sessionStorage[K]
}

// A payment link brings the id to Stripe, unless the shop's own reference stands there.
d.addEventListener("click",e=>{
  const a=e.target.closest("a[href^='https://buy.stripe.com/']"),r="client_reference_id"
  if(a&&id()&&!a.search.includes(r))a.search+=(a.search&&"&")+r+"="+id()
},true)

w.whichad={consent,id}
ok==null?d.addEventListener("visibilitychange",()=>d.hidden&&tell()):consent(ok)
})(window,document,navigator)
