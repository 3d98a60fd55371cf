using System.Text;
using LaunchStack.Deployment.Model;

namespace LaunchStack.Deployment.Compose;

/// <summary>Caddyfile of the gateway: one port a service, whatever the number of its replicas.</summary>
internal static class GatewayFile
{
    /// <summary>Where it is mounted.</summary>
    public const string Name = "Caddyfile";

    /// <summary>Variable with the address that a service has at the gateway.</summary>
    public static string SiteOf(Workload service) => EnvSetting.NameOf(service.Name, "site");

    public static string Write(IEnumerable<Workload> services)
    {
        var text = new StringBuilder(
            """
            # Written by `aspire publish`. One port a service; its replicas are looked up by name, so scaling needs no change here.
            # Addresses are in .env: a domain name there in the place of a port gets a certificate by itself.
            {
            	admin off
            }

            """);
        foreach (var service in services)
        {
            text.Append(
                $$"""

                {${{SiteOf(service)}}} {
                	reverse_proxy {
                		dynamic a {{service.Name}} {{service.Http!.Port}} {
                			refresh 2s
                		}
                		lb_policy {{(service.Settings.Sticky ? "ip_hash" : "round_robin")}}
                		# A replica that refuses connections is passed over: nothing had been sent to it.
                		lb_try_duration 5s
                		fail_duration 5s
                	}
                }

                """);
        }
        return text.ToString();
    }
}
