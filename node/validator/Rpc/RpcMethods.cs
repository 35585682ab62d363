using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using Mysticeti.Validator.Contract;

namespace Mysticeti.Validator.Rpc;

/// <summary>All methods of the API by name.</summary>
internal sealed class RpcMethods
{
    private const int LongestName = 64;
    private readonly FrozenDictionary<string, RpcMethod> _methods;

    public RpcMethods(IValidatorNode node, Broadcast broadcast, BlockJson blocks, RpcMetrics metrics, RpcOptions options, TimeProvider clock, Func<Uri> url)
    {
        var aboutNode = new NodeMethods(node, clock, url);
        var aboutBlocks = new BlockMethods(node, blocks);
        var aboutApplication = new ApplicationMethods(node);
        var aboutTxs = new TxMethods(node, broadcast, options, clock);
        var methods = new List<RpcMethod>();
        Add("abci_info", [], (_, json) => aboutApplication.Info(json));
        Add("abci_query", ["path", "data", "height", "prove"], aboutApplication.Query);
        Add("block", ["height"], aboutBlocks.Block);
        Add("block_results", ["height"], aboutBlocks.BlockResults);
        Add("blockchain", ["minHeight", "maxHeight"], aboutBlocks.Blockchain);
        Add("broadcast_tx_async", ["tx"], aboutTxs.Broadcast);
        Add("broadcast_tx_sync", ["tx"], aboutTxs.Broadcast);
        methods.Add(new RpcMethod("broadcast_tx_commit", ["tx"], aboutTxs.BroadcastCommitAsync, metrics.Calls("broadcast_tx_commit")));
        Add("commit", ["height"], aboutBlocks.Commit);
        Add("genesis", [], (_, json) => aboutNode.Genesis(json));
        Add("header", ["height"], aboutBlocks.Header);
        Add("health", [], (_, json) => NodeMethods.Health(json));
        Add("net_info", [], (_, json) => aboutNode.NetInfo(json));
        Add("num_unconfirmed_txs", [], (_, json) => aboutNode.NumUnconfirmedTxs(json));
        Add("status", [], (_, json) => aboutNode.Status(json));
        Add("tx", ["hash", "prove"], aboutTxs.Tx);
        Add("tx_search", ["query", "prove", "page", "per_page", "order_by"], aboutTxs.Search);
        Add("validators", ["height", "page", "per_page"], aboutNode.Validators);
        _methods = methods.ToFrozenDictionary(method => method.Name, StringComparer.Ordinal);

        void Add(string name, string[] parameters, Func<RpcArguments, Utf8JsonWriter, RpcError?> handler) =>
            methods.Add(new RpcMethod(name, parameters, (call, json) => new(handler(call.Arguments, json)), metrics.Calls(name)));
    }

    public IEnumerable<RpcMethod> All => _methods.Values.OrderBy(method => method.Name, StringComparer.Ordinal);

    public RpcMethod? Find(string name) => _methods.GetValueOrDefault(name);

    /// <param name="more">Asked where the name is not among the common ones.</param>
    public RpcMethod? Find(ReadOnlySpan<byte> name, Func<string, RpcMethod?>? more)
    {
        if (name.Length > LongestName) return null;
        var text = Encoding.UTF8.GetString(name);
        return Find(text) ?? more?.Invoke(text);
    }
}
